#include "config.h"

#include "copy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "model/sql.h"
#include "model/sqltoken.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/utf8.h"

enum { MAX_SQL = 1 << 20, MAX_TABLES = 64 };

struct copying {
	struct random *random;
	const struct copy_traits *traits;
	sqlite3 *from, *to;
};

static void must(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return;
	fprintf(stderr, "# sqlite: %s\n", sqlite3_errmsg(db));
	abort();
}

static void run(sqlite3 *db, struct buf *sql)
{
	if (sql->failed)
		abort();
	must(db, sqlite3_exec(db, sql->data, NULL, NULL, NULL));
	buf_release(sql);
}

static sqlite3_stmt *prepare(sqlite3 *db, struct buf *sql)
{
	sqlite3_stmt *statement;

	if (sql->failed)
		abort();
	must(db, sqlite3_prepare_v2(db, sql->data, (int)sql->len, &statement,
				    NULL));
	buf_release(sql);
	return statement;
}

/* ---- definitions ---- */

static void add_noise(struct buf *sql, struct random *random, bool comments)
{
	static const char *const noises[] = {
		" ",	" ",	  "  ",		 "\n",	       "\t",
		"\r\n", " /**/ ", " /* ; ' */ ", " -- \" (\n",
	};
	size_t count = ARRAY_SIZE(noises) - (comments ? 0 : 3);

	buf_add_string(sql, noises[random_below(random, count)]);
}

/*
 * The same statement with other blanks and comments. The arguments of a module
 * are its own business, and stay.
 */
static void add_restyled(struct buf *out, struct random *random,
			 const char *sql)
{
	size_t left = strlen(sql);
	bool still = strncmp(sql, "CREATE VIRTUAL", 14) == 0;
	/* in the type of a column it would be a part of that */
	bool comments = !strstr(sql, "GENERATED") && !strstr(sql, "DOUBLE") &&
			!strstr(sql, "VARCHAR");

	while (left > 0) {
		enum sqltoken_kind kind;
		size_t size = sqltoken_read(&kind, sql, left);
		bool blank = kind == SQLTOKEN_SPACE || kind == SQLTOKEN_COMMENT;

		if (!blank || still)
			buf_add(out, sql, size);
		if (!still && (blank || (kind == SQLTOKEN_SYMBOL &&
					 random_once_in(random, 3))))
			add_noise(out, random, comments);
		sql += size;
		left -= size;
	}
}

/* Runs the statements that a SELECT of one column finds. */
static void make(struct copying *copying, const char *select)
{
	sqlite3_stmt *statement;

	must(copying->from,
	     sqlite3_prepare_v2(copying->from, select, -1, &statement, NULL));
	while (sqlite3_step(statement) == SQLITE_ROW) {
		struct buf sql;

		buf_init(&sql, MAX_SQL);
		add_restyled(&sql, copying->random,
			     (const char *)sqlite3_column_text(statement, 0));
		run(copying->to, &sql);
	}
	must(copying->from, sqlite3_finalize(statement));
}

static void make_indexes(struct copying *copying)
{
	make(copying, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND "
		      "sql IS NOT NULL ORDER BY name DESC");
}

/* ---- rows ---- */

struct table {
	char *name;
	bool virtual;
	bool without_rowid;
};

/* The columns that can be written; those of a virtual table with its rowid. */
static void add_columns(struct buf *sql, struct copying *copying,
			const struct table *table, size_t *count)
{
	sqlite3_stmt *statement;
	struct buf select;

	*count = 0;
	buf_init(&select, MAX_SQL);
	buf_add_string(&select, "SELECT name FROM pragma_table_xinfo(?1) "
				"WHERE hidden = 0");
	if (table->virtual) {
		buf_add_string(sql, "rowid");
		++*count;
	}
	statement = prepare(copying->from, &select);
	sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		buf_add_string(sql, (*count)++ > 0 ? ", " : "");
		sql_add_name(sql,
			     (const char *)sqlite3_column_text(statement, 0));
	}
	must(copying->from, sqlite3_finalize(statement));
}

static sqlite3_stmt *select_rows(struct copying *copying,
				 const struct table *table,
				 const struct buf *columns)
{
	static const char *const orders[][2] = {
		{ "_rowid_ DESC", "1 DESC" },
		{ "_rowid_ * 7919 % 101, _rowid_", "hex(1), 1" },
		{ "hex(_rowid_) DESC", "1 DESC" },
	};
	const char *const *order =
		orders[random_below(copying->random, ARRAY_SIZE(orders))];
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "SELECT %s FROM ", columns->data);
	sql_add_name(&sql, table->name);
	buf_add_format(&sql, " ORDER BY %s", order[table->without_rowid]);
	return prepare(copying->from, &sql);
}

static sqlite3_stmt *insert_row(struct copying *copying,
				const struct table *table,
				const struct buf *columns, size_t count)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "INSERT INTO ");
	sql_add_name(&sql, table->name);
	buf_add_format(&sql, "(%s) VALUES(", columns->data);
	for (size_t i = 0; i < count; i++)
		buf_add_string(&sql, i > 0 ? ", ?" : "?");
	buf_add_char(&sql, ')');
	return prepare(copying->to, &sql);
}

static void bind_hex(sqlite3_stmt *insert, int place, const char *data,
		     size_t size)
{
	struct buf digits;

	buf_init(&digits, MAX_SQL);
	for (size_t i = 0; i < size; i++)
		buf_add_format(&digits, "%02x", (unsigned char)data[i]);
	if (digits.failed)
		abort();
	sqlite3_bind_text64(insert, place, digits.data, digits.len,
			    SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_release(&digits);
}

/* What SQLite reads a number in SQL as, which is not always the nearest. */
static double read_real(sqlite3 *db, const char *literal)
{
	sqlite3_stmt *statement;
	struct buf sql;
	double real;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "SELECT %s", literal);
	statement = prepare(db, &sql);
	must(db, sqlite3_step(statement));
	real = sqlite3_column_double(statement, 0);
	sqlite3_finalize(statement);
	return real;
}

/* The real, if sqlite3 reads what it dumps. */
static double clean_real(sqlite3 *db, double real)
{
	char digits[64];

	if (isinf(real))
		return real;
	sqlite3_snprintf(sizeof(digits), digits, "%!.20g", real);
	if (fpclassify(real) == FP_ZERO ||
	    memcmp(&real, &(double){ read_real(db, digits) }, sizeof(real)))
		return 0.0;
	return real;
}

/* (A byte order mark in front is lost in a full-text table in UTF-16.) */
static bool is_clean(const char *text, size_t size)
{
	return utf8_valid(text, size) && !memchr(text, '\0', size) &&
	       (size < 3 || memcmp(text, "\xef\xbb\xbf", 3) != 0);
}

static void bind_cell(struct copying *copying, sqlite3_stmt *insert,
		      sqlite3_stmt *row, int cell)
{
	const char *text;
	size_t size;

	if (sqlite3_column_type(row, cell) == SQLITE_TEXT) {
		text = (const char *)sqlite3_column_text(row, cell);
		size = (size_t)sqlite3_column_bytes(row, cell);
		if (copying->traits->clean && !is_clean(text, size)) {
			bind_hex(insert, cell + 1, text, size);
			return;
		}
		/* as it is: a value of an UTF-8 database keeps its bytes */
		sqlite3_bind_text64(insert, cell + 1, text, size,
				    SQLITE_TRANSIENT, SQLITE_UTF8);
		return;
	}
	if (sqlite3_column_type(row, cell) == SQLITE_FLOAT &&
	    copying->traits->clean)
		sqlite3_bind_double(insert, cell + 1,
				    clean_real(copying->from,
					       sqlite3_column_double(row,
								     cell)));
	else
		sqlite3_bind_value(insert, cell + 1,
				   sqlite3_column_value(row, cell));
}

static void copy_rows(struct copying *copying, const struct table *table)
{
	sqlite3_stmt *rows, *insert;
	struct buf columns;
	size_t count;

	buf_init(&columns, MAX_SQL);
	add_columns(&columns, copying, table, &count);
	rows = select_rows(copying, table, &columns);
	insert = insert_row(copying, table, &columns, count);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		int rc;

		for (size_t i = 0; i < count; i++)
			bind_cell(copying, insert, rows, (int)i);
		rc = sqlite3_step(insert);
		/* what was made clean may be a key that is there already */
		if (rc != SQLITE_CONSTRAINT || !copying->traits->clean)
			must(copying->to, rc);
		sqlite3_reset(insert);
	}
	must(copying->from, sqlite3_finalize(rows));
	sqlite3_finalize(insert);
	buf_release(&columns);
}

/* Tables that are no part of another one. */
static size_t list_tables(struct copying *copying, struct table *tables)
{
	sqlite3_stmt *statement;
	size_t count = 0;

	must(copying->from,
	     sqlite3_prepare_v2(copying->from,
				"SELECT name, type = 'virtual', wr FROM "
				"pragma_table_list WHERE schema = 'main' AND "
				"type IN ('table', 'virtual') AND name NOT "
				"LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
				-1, &statement, NULL));
	while (sqlite3_step(statement) == SQLITE_ROW && count < MAX_TABLES) {
		struct table *table = &tables[count++];

		table->name =
			strdup((const char *)sqlite3_column_text(statement, 0));
		table->virtual = sqlite3_column_int(statement, 1);
		table->without_rowid = sqlite3_column_int(statement, 2);
		if (!table->name)
			abort();
	}
	must(copying->from, sqlite3_finalize(statement));
	return count;
}

/* ---- the copy ---- */

static void open_copy(struct copying *copying, const char *path)
{
	static const int page_sizes[] = { 512, 1024, 4096, 8192, 65536 };
	struct buf sql;

	unlink(path);
	if (sqlite3_open(path, &copying->to) != SQLITE_OK)
		abort();
	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql,
		       "PRAGMA encoding='%s'; PRAGMA page_size=%d; "
		       "PRAGMA auto_vacuum=%zu; PRAGMA foreign_keys=OFF; "
		       "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
		       "CREATE TABLE gap(a); INSERT INTO gap "
		       "VALUES(zeroblob(20000)); BEGIN; DROP TABLE gap",
		       copying->traits->utf16 ? "UTF-16" : "UTF-8",
		       page_sizes[random_below(copying->random,
					       ARRAY_SIZE(page_sizes))],
		       random_below(copying->random, 3));
	run(copying->to, &sql);
}

static void copy_all(struct copying *copying)
{
	static const char *const tables_sql[] = {
		"SELECT sql FROM sqlite_schema JOIN pragma_table_list AS list "
		"USING(name) WHERE list.schema = 'main' AND list.type IN "
		"('table', 'virtual') AND sql IS NOT NULL AND name NOT LIKE "
		"'sqlite\\_%' ESCAPE '\\' ORDER BY name DESC",
		"SELECT sql FROM sqlite_schema JOIN pragma_table_list AS list "
		"USING(name) WHERE list.schema = 'main' AND list.type IN "
		"('table', 'virtual') AND sql IS NOT NULL AND name NOT LIKE "
		"'sqlite\\_%' ESCAPE '\\' ORDER BY length(sql), name",
	};
	struct table tables[MAX_TABLES];
	size_t count = list_tables(copying, tables);
	/* an index refuses rows that were made the same by cleaning */
	bool early =
		random_once_in(copying->random, 2) || copying->traits->clean;
	size_t turn = random_below(copying->random, count + 1);

	make(copying, tables_sql[random_below(copying->random, 2)]);
	if (early)
		make_indexes(copying);
	for (size_t i = 0; i < count; i++)
		copy_rows(copying, &tables[(i + turn) % count]);
	if (!early)
		make_indexes(copying);
	/* views may be made before what they show */
	make(copying, "SELECT sql FROM sqlite_schema WHERE type = 'view' "
		      "ORDER BY name DESC");
	make(copying, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' "
		      "ORDER BY rowid");
	for (size_t i = 0; i < count; i++)
		free(tables[i].name);
}

void copy_make(struct random *random, const char *from, const char *to,
	       const struct copy_traits *traits)
{
	struct copying copying = { .random = random, .traits = traits };
	bool vacuum = random_once_in(random, 2);

	if (sqlite3_open(from, &copying.from) != SQLITE_OK)
		abort();
	open_copy(&copying, to);
	copy_all(&copying);
	must(copying.to, sqlite3_exec(copying.to, "COMMIT", NULL, NULL, NULL));
	if (vacuum)
		must(copying.to,
		     sqlite3_exec(copying.to, "VACUUM", NULL, NULL, NULL));
	must(copying.to, sqlite3_close(copying.to));
	must(copying.from, sqlite3_close(copying.from));
}

/* ---- what SQLite reads ---- */

static bool reads_exactly(sqlite3 *db, double real)
{
	struct value value = { .type = VALUE_REAL };
	struct buf literal;
	bool same;

	value.real = real;
	buf_init(&literal, 100);
	literal_add(&literal, &value);
	if (literal.failed)
		abort();
	same = !memcmp(&real, &(double){ read_real(db, literal.data) },
		       sizeof(real));
	buf_release(&literal);
	return same;
}

static bool table_reads_exactly(struct copying *copying,
				const struct table *table)
{
	sqlite3_stmt *rows;
	struct buf columns;
	bool exactly = true;
	size_t count;

	buf_init(&columns, MAX_SQL);
	add_columns(&columns, copying, table, &count);
	rows = select_rows(copying, table, &columns);
	while (sqlite3_step(rows) == SQLITE_ROW)
		for (size_t i = 0; i < count && exactly; i++)
			if (sqlite3_column_type(rows, (int)i) == SQLITE_FLOAT)
				exactly = reads_exactly(
					copying->from,
					sqlite3_column_double(rows, (int)i));
	sqlite3_finalize(rows);
	buf_release(&columns);
	return exactly;
}

bool copy_is_loadable(const char *path)
{
	struct copying copying = { .random = &(struct random){ .state = 0 } };
	struct table tables[MAX_TABLES];
	bool exactly = true;
	size_t count;

	if (sqlite3_open(path, &copying.from) != SQLITE_OK)
		abort();
	count = list_tables(&copying, tables);
	for (size_t i = 0; i < count; i++) {
		exactly = exactly && table_reads_exactly(&copying, &tables[i]);
		free(tables[i].name);
	}
	must(copying.from, sqlite3_close(copying.from));
	return exactly;
}

/* ---- what random databases lack ---- */

/* A trigger on each plain table, whose firing would show in the log. */
static void add_triggers(struct random *random, sqlite3 *db)
{
	struct copying copying = { .from = db };
	struct table tables[MAX_TABLES];
	size_t count = list_tables(&copying, tables);

	for (size_t i = 0; i < count; i++) {
		struct buf sql;

		buf_init(&sql, MAX_SQL);
		buf_add_format(&sql, "CREATE TRIGGER \"t %zu;\" AFTER %s ON ",
			       count - i,
			       random_once_in(random, 2) ? "INSERT" : "DELETE");
		sql_add_name(&sql, tables[i].name);
		buf_add_string(&sql,
			       " BEGIN INSERT INTO \"audit log\" VALUES(CASE "
			       "WHEN 1 THEN 'end; ''' END, 2); END");
		if (tables[i].virtual)
			buf_release(&sql);
		else
			run(db, &sql);
		free(tables[i].name);
	}
}

void copy_add_objects(struct random *random, const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		abort();
	must(db,
	     sqlite3_exec(
		     db,
		     "CREATE TABLE \"z parent\"(id INTEGER PRIMARY KEY "
		     "AUTOINCREMENT, boss INT REFERENCES \"z parent\"(id), "
		     "pet REFERENCES \"a child\"(id) ON DELETE CASCADE);"
		     "CREATE TABLE \"a child\"(id INTEGER PRIMARY KEY, "
		     "parent INT NOT NULL REFERENCES \"z parent\" ON "
		     "DELETE CASCADE, note TEXT DEFAULT ('--' || ';'));"
		     "INSERT INTO \"z parent\" VALUES(5, 7, 1), (7, 5, "
		     "NULL), (9, 9, 1);"
		     "INSERT INTO \"a child\" VALUES(1, 9, NULL), (2, 7, "
		     "'x');"
		     "CREATE INDEX \"a child\"\"s\" ON \"a child\"(parent "
		     "DESC, lower(note)) WHERE note <> ';';"
		     "CREATE TABLE \"audit log\"(what TEXT, n INT);"
		     "INSERT INTO \"audit log\" VALUES('made', 1);"
		     "CREATE VIEW \"b view\" AS SELECT id FROM \"z "
		     "parent\" WHERE id > 5;"
		     "CREATE VIEW \"a view\"(n) AS SELECT count(*) AS c FROM "
		     "\"b view\";",
		     NULL, NULL, NULL));
	add_triggers(random, db);
	must(db, sqlite3_close(db));
}
