#include "config.h"

#include "judge.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/sqltoken.h"
#include "source/functions.h"
#include "util/buf.h"

enum { MAX_TEXT = 1 << 26, ROWS = 3 };

/* Tables whose rows are looked at. */
#define PLAIN_TABLES \
	"SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE" \
	" 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'create virtual%'" \
	" AND name NOT IN (SELECT name FROM pragma_table_list" \
	" WHERE type = 'shadow')"

static char *tell(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static char *tell(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

static char *run(sqlite3 *db, const char *sql, const char *what)
{
	char *message = NULL, *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		why = tell("%s: %s: %.200s", what, message, sql);
	sqlite3_free(message);
	return why;
}

/* The answer's cells, one row a line; the caller frees it. */
static char *ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	struct buf out;
	char *text;

	buf_init(&out, MAX_TEXT);
	buf_add_string(&out, "");
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
		buf_add_format(&out, "error: %s", sqlite3_errmsg(db));
		text = buf_take(&out);
		return text;
	}
	while (sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			buf_add_format(&out, "%s%s", i ? "|" : "",
				       sqlite3_column_text(statement, i));
		buf_add_char(&out, '\n');
	}
	sqlite3_finalize(statement);
	text = buf_take(&out);
	return text;
}

static bool answers(sqlite3 *db, const char *sql, const char *wanted)
{
	char *got = ask(db, sql);
	bool same = got && strcmp(got, wanted) == 0;

	free(got);
	return same;
}

/* ---- rows that are made up ---- */

/* What a column of the type holds; keys and what refers to them are alike. */
static void add_value(struct buf *values, const char *type, bool key, int row,
		      int variant)
{
	bool text = sqlite3_strlike("%text%", type, 0) == 0 ||
		    sqlite3_strlike("%char%", type, 0) == 0;

	if (variant == 2 || (text && key))
		buf_add_format(values, "'%d'", row);
	else if (text && variant == 0)
		buf_add_format(values, "'t%d''\n  x'", row);
	else
		buf_add_format(values, "%d", row);
}

/* False if the table does not take it. */
static bool insert_row(sqlite3 *db, const char *table, int row, int variant)
{
	char *sql = sqlite3_mprintf("SELECT name, type, pk FROM"
				    " pragma_table_xinfo(%Q) WHERE hidden = 0",
				    table);
	sqlite3_stmt *list;
	struct buf names, values;
	bool done;

	sqlite3_prepare_v2(db, sql, -1, &list, NULL);
	sqlite3_free(sql);
	buf_init(&names, MAX_TEXT);
	buf_init(&values, MAX_TEXT);
	while (sqlite3_step(list) == SQLITE_ROW) {
		char *name = sqlite3_mprintf("%s\"%w\"", names.len ? "," : "",
					     sqlite3_column_text(list, 0));

		buf_add_string(&names, name);
		sqlite3_free(name);
		if (values.len)
			buf_add_char(&values, ',');
		add_value(&values, (const char *)sqlite3_column_text(list, 1),
			  sqlite3_column_int(list, 2) > 0, row, variant);
	}
	sqlite3_finalize(list);
	sql = sqlite3_mprintf("INSERT INTO \"%w\"(%s) VALUES(%s)", table,
			      names.data, values.data);
	done = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_free(sql);
	buf_release(&names);
	buf_release(&values);
	return done;
}

static void fill_table(sqlite3 *db, const char *table)
{
	for (int row = 1; row <= ROWS; row++)
		for (int variant = 0; variant < 3; variant++)
			if (insert_row(db, table, row, variant))
				break;
}

/* Rows that refer to nothing would not be there on D1. */
static void drop_orphans(sqlite3 *db)
{
	char *name;

	for (;;) {
		char *sql;

		name = ask(db, "SELECT \"table\" FROM pragma_foreign_key_check"
			       " LIMIT 1");
		if (!*name || strncmp(name, "error", 5) == 0)
			break;
		name[strlen(name) - 1] = '\0';
		sql = sqlite3_mprintf("DELETE FROM \"%w\"", name);
		sqlite3_exec(db, sql, NULL, NULL, NULL);
		sqlite3_free(sql);
		free(name);
	}
	free(name);
}

static void fill(sqlite3 *db)
{
	char *tables = ask(db, PLAIN_TABLES), *save = NULL;

	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	for (char *table = strtok_r(tables, "\n", &save); table;
	     table = strtok_r(NULL, "\n", &save))
		fill_table(db, table);
	drop_orphans(db);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	free(tables);
}

/* ---- definitions ---- */

static void add_folded(struct buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf_add_char(out, (char)tolower((unsigned char)text[i]));
}

/* Tokens with names folded; IF NOT EXISTS is not stored by SQLite. */
static char *spell(const char *sql)
{
	struct sqltokens tokens = { sql, strlen(sql) };
	struct sqltoken token;
	struct buf out, name;

	buf_init(&out, MAX_TEXT);
	buf_init(&name, MAX_TEXT);
	buf_add_string(&out, "");
	while (sqltoken_next(&token, &tokens)) {
		if (token.kind == SQLTOKEN_NAME) {
			buf_clear(&name);
			sqltoken_add_name(&name, &token);
			add_folded(&out, name.data, name.len);
		} else if (token.kind == SQLTOKEN_WORD) {
			add_folded(&out, token.text, token.size);
		} else {
			buf_add(&out, token.text, token.size);
		}
		buf_add_char(&out, ' ');
	}
	buf_release(&name);
	return buf_take(&out);
}

static const char select_objects[] =
	"SELECT type, lower(name), sql FROM sqlite_schema WHERE sql IS NOT NULL"
	" AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2";

/* All definitions as one text. */
static char *catalogue(sqlite3 *db)
{
	sqlite3_stmt *statement;
	struct buf out;

	buf_init(&out, MAX_TEXT);
	sqlite3_prepare_v2(db, select_objects, -1, &statement, NULL);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		char *sql =
			spell((const char *)sqlite3_column_text(statement, 2));

		buf_add_format(&out, "%s %s: %s\n",
			       sqlite3_column_text(statement, 0),
			       sqlite3_column_text(statement, 1), sql);
		free(sql);
	}
	sqlite3_finalize(statement);
	buf_add_string(&out, "");
	return buf_take(&out);
}

static char *compare_catalogues(sqlite3 *got, const char *after)
{
	sqlite3 *wanted;
	char *a, *b, *why = NULL;

	sqlite3_open(":memory:", &wanted);
	(void)!functions_register(wanted);
	why = run(wanted, after, "the schema that is wanted");
	a = catalogue(got);
	b = catalogue(wanted);
	if (!why && strcmp(a, b) != 0)
		why = tell("the schema is\n%snot\n%s", a, b);
	free(a);
	free(b);
	sqlite3_close(wanted);
	return why;
}

/* ---- rows ---- */

/* True if a rename gives that name to a table, or a column of the table. */
static bool is_new_name(const struct judged *judged, const char *table,
			const char *name)
{
	size_t size = table ? strlen(table) : 0;

	for (size_t i = 0; i < judged->nrenames; i++) {
		const char *rename = judged->renames[i];
		const char *equal = strchr(rename, '=');
		bool column = memchr(rename, '.', (size_t)(equal - rename));

		if (column == (table != NULL) &&
		    (!table || (strncasecmp(rename, table, size) == 0 &&
				rename[size] == '.')) &&
		    strcasecmp(equal + 1, name) == 0)
			return true;
	}
	return false;
}

/* What the thing is called afterwards; the caller frees it. */
static char *new_name(const struct judged *judged, const char *table,
		      const char *name)
{
	for (size_t i = 0; i < judged->nrenames; i++) {
		const char *rename = judged->renames[i];
		const char *equal = strchr(rename, '=');
		char *old =
			table ? tell("%s.%s", table, name) : tell("%s", name);
		bool found = (size_t)(equal - rename) == strlen(old) &&
			     strncasecmp(rename, old, strlen(old)) == 0;

		free(old);
		if (found)
			return strdup(equal + 1);
	}
	/* something else has got its name: it is gone */
	return strdup(is_new_name(judged, table, name) ? "" : name);
}

static bool has_column(sqlite3 *db, const char *table, const char *column)
{
	char *sql = sqlite3_mprintf("SELECT count(*) FROM"
				    " pragma_table_xinfo(%Q) WHERE hidden = 0"
				    " AND lower(name) = lower(%Q)",
				    table, column);
	bool found = answers(db, sql, "1\n");

	sqlite3_free(sql);
	return found;
}

/* What is declared of it, which the caller frees. */
static char *type_of(sqlite3 *db, const char *table, const char *column)
{
	char *sql = sqlite3_mprintf("SELECT lower(type) FROM"
				    " pragma_table_xinfo(%Q) WHERE"
				    " lower(name) = lower(%Q)",
				    table, column);
	char *type = ask(db, sql);

	sqlite3_free(sql);
	return type;
}

static bool has_table(sqlite3 *db, const char *table)
{
	char *sql = sqlite3_mprintf("SELECT count(*) FROM sqlite_schema WHERE"
				    " type = 'table' AND lower(name) ="
				    " lower(%Q)",
				    table);
	bool found = answers(db, sql, "1\n");

	sqlite3_free(sql);
	return found;
}

static bool is_alias(sqlite3 *db, const char *table)
{
	char *sql = sqlite3_mprintf(
		"SELECT count(*) FROM pragma_table_xinfo(%Q) WHERE pk = 1 AND"
		" lower(type) = 'integer' AND (SELECT max(pk) FROM"
		" pragma_table_xinfo(%Q)) = 1",
		table, table);
	bool found = answers(db, sql, "1\n");

	sqlite3_free(sql);
	return found;
}

static bool has_rowid(sqlite3 *db, const char *table)
{
	char *sql = sqlite3_mprintf("SELECT rowid FROM \"%w\" LIMIT 0", table);
	bool found = answers(db, sql, "");

	sqlite3_free(sql);
	return found;
}

/* Two SELECTs of the columns that a table has before and after. */
static void make_selects(const struct judged *judged, sqlite3 *old,
			 sqlite3 *new, const char *table, const char *after,
			 struct buf selects[2])
{
	char *sql = sqlite3_mprintf("SELECT name FROM pragma_table_xinfo(%Q)"
				    " WHERE hidden = 0",
				    table);
	bool rowid = has_rowid(old, table) && has_rowid(new, after) &&
		     !is_alias(old, table) && !is_alias(new, after);
	const char *tables[2] = { table, after };
	sqlite3_stmt *statement;

	for (int i = 0; i < 2; i++) {
		buf_init(&selects[i], MAX_TEXT);
		buf_add_string(&selects[i],
			       rowid ? "SELECT rowid" : "SELECT 0");
	}
	sqlite3_prepare_v2(old, sql, -1, &statement, NULL);
	sqlite3_free(sql);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *column =
			(const char *)sqlite3_column_text(statement, 0);
		char *name = new_name(judged, table, column);
		const char *names[2] = { column, name };
		char *types[2] = { type_of(old, table, column),
				   type_of(new, after, name) };
		bool converts =
			judged->converts || strcmp(types[0], types[1]) != 0;

		for (int i = 0; i < 2 && has_column(new, after, name); i++) {
			char *cell =
				sqlite3_mprintf(converts ? ", 1"
							 : ", quote(\"%w\")",
						names[i]);

			buf_add_string(&selects[i], cell);
			sqlite3_free(cell);
		}
		free(name);
		free(types[0]);
		free(types[1]);
	}
	sqlite3_finalize(statement);
	for (int i = 0; i < 2; i++) {
		char *end = sqlite3_mprintf(" FROM \"%w\"", tables[i]);

		buf_add_string(&selects[i], end);
		sqlite3_free(end);
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Puts lines into one order. */
static char *sort_lines(char *text)
{
	size_t count = 0, cap = 1;
	char **lines;
	struct buf out;

	for (char *at = text; *at; at++)
		cap += *at == '\n';
	lines = calloc(cap, sizeof(*lines));
	for (char *at = text; *at;) {
		size_t size = strcspn(at, "\n");

		lines[count++] = at;
		at += size;
		if (*at)
			*at++ = '\0';
	}
	qsort(lines, count, sizeof(*lines), compare_lines);
	buf_init(&out, MAX_TEXT);
	buf_add_string(&out, "");
	for (size_t i = 0; i < count; i++)
		buf_add_format(&out, "%s\n", lines[i]);
	free(lines);
	free(text);
	return buf_take(&out);
}

static char *compare_rows(const struct judged *judged, sqlite3 *old,
			  sqlite3 *new)
{
	char *tables = ask(old, PLAIN_TABLES), *why = NULL, *save = NULL;

	for (char *table = strtok_r(tables, "\n", &save); table && !why;
	     table = strtok_r(NULL, "\n", &save)) {
		char *after = new_name(judged, NULL, table);
		struct buf selects[2];
		char *a, *b;

		if (!has_table(new, after)) {
			free(after);
			continue;
		}
		make_selects(judged, old, new, table, after, selects);
		a = sort_lines(ask(old, selects[0].data));
		b = sort_lines(ask(new, selects[1].data));
		if (strcmp(a, b) != 0)
			why = tell("rows of %s were\n%sand are\n%s", table, a,
				   b);
		free(a);
		free(b);
		free(after);
		buf_release(&selects[0]);
		buf_release(&selects[1]);
	}
	free(tables);
	return why;
}

/* No id that was given may be given again. */
static char *compare_sequences(const struct judged *judged, sqlite3 *old,
			       sqlite3 *new)
{
	char *names, *why = NULL, *save = NULL;

	if (!has_table(old, "sqlite_sequence") ||
	    !has_table(new, "sqlite_sequence"))
		return NULL;
	names = ask(old, "SELECT name FROM sqlite_sequence");
	for (char *name = strtok_r(names, "\n", &save); name && !why;
	     name = strtok_r(NULL, "\n", &save)) {
		char *after = new_name(judged, NULL, name);
		char *sql = sqlite3_mprintf("SELECT count(*) FROM sqlite_schema"
					    " WHERE name = %Q AND sql LIKE"
					    " '%%autoincrement%%'",
					    after);
		bool kept = answers(new, sql, "1\n");
		char *a, *b;

		sqlite3_free(sql);
		sql = sqlite3_mprintf("SELECT seq FROM sqlite_sequence WHERE"
				      " name = %Q",
				      name);
		a = ask(old, sql);
		sqlite3_free(sql);
		sql = sqlite3_mprintf("SELECT seq FROM sqlite_sequence WHERE"
				      " name = %Q",
				      after);
		b = ask(new, sql);
		sqlite3_free(sql);
		if (kept && strcmp(a, b) != 0)
			why = tell("the sequence of %s was %sand is %s", name,
				   a, b);
		free(a);
		free(b);
		free(after);
	}
	free(names);
	return why;
}

/* ---- all of it ---- */

static bool is_for_d1(const char *sql)
{
	static const char *const no[] = { "BEGIN",  "COMMIT", "SAVEPOINT",
					  "ATTACH", "VACUUM", "RELEASE" };

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strncasecmp(sql, no[i], strlen(no[i])) == 0)
			return false;
	if (strncasecmp(sql, "PRAGMA", 6) == 0 &&
	    strcasecmp(sql, "PRAGMA defer_foreign_keys=on") != 0)
		return false;
	return strlen(sql) <= 100000;
}

static char *apply(sqlite3 *db, const struct schemaplan *plan)
{
	char *why = run(db, "PRAGMA foreign_keys=ON; BEGIN", "begin");

	for (size_t i = 0; i < plan->count && !why; i++) {
		if (!is_for_d1(plan->steps[i].sql))
			why = tell("D1 does not take %.80s",
				   plan->steps[i].sql);
		else
			why = run(db, plan->steps[i].sql, "the plan");
	}
	return why ? why : run(db, "COMMIT", "commit");
}

/* But for a false alarm of SQLite before 3.41 on a table WITHOUT ROWID. */
static bool is_sound(sqlite3 *db)
{
	return answers(db,
		       "SELECT count(*) FROM pragma_integrity_check WHERE"
		       " integrity_check <> 'ok' AND integrity_check NOT LIKE"
		       " '% value in %'",
		       "0\n");
}

static char *judge(const struct judged *judged, sqlite3 *old, sqlite3 *db)
{
	char *why = NULL;

	if (!judged->cosmetic)
		why = compare_catalogues(db, judged->after);
	if (!why && is_sound(old) && !is_sound(db))
		why = tell("the database is broken");
	if (!why && !answers(db, "PRAGMA foreign_key_check", ""))
		why = tell("foreign keys lead nowhere");
	if (!why)
		why = compare_rows(judged, old, db);
	if (!why)
		why = compare_sequences(judged, old, db);
	for (size_t i = 0; i < judged->nchecks && !why; i++)
		if (!answers(db, judged->checks[i], "1\n"))
			why = tell("not so: %s", judged->checks[i]);
	return why;
}

char *judge_plan(const struct judged *judged, const struct schemaplan *plan)
{
	sqlite3 *dbs[2];
	char *why = NULL;

	for (int i = 0; i < 2; i++) {
		sqlite3_open(":memory:", &dbs[i]);
		(void)!functions_register(dbs[i]);
		if (!why)
			why = run(dbs[i], judged->before, "what there is");
		if (!why && judged->rows)
			why = run(dbs[i], judged->rows, "rows");
		else if (!why)
			fill(dbs[i]);
	}
	if (!why)
		why = apply(dbs[1], plan);
	if (!why)
		why = judge(judged, dbs[0], dbs[1]);
	sqlite3_close(dbs[0]);
	sqlite3_close(dbs[1]);
	return why;
}
