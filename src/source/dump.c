#include "config.h"

#include "source/dump.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "format/script.h"
#include "model/sql.h"
#include "source/insertion.h"
#include "source/scratch.h"
#include "source/sqlite.h"
#include "util/buf.h"
#include "util/stream.h"

enum { MAX_NAME = 1 << 20 };

/* A dump while it is loaded. */
struct dump {
	struct script *script;
	struct scratch *scratch;
	struct script_statement statement;
	struct insertion insertion;
	/* where the rows of the last statement went, and of the next perhaps */
	struct scratch_insert *insert;
	struct buf target;
};

static int place_error(const struct dump *dump, struct err *err)
{
	return err_context(err, "%s:%" PRIu64, script_name(dump->script),
			   dump->statement.line);
}

/* True for tables of the engines, which are never compared. */
static bool is_of_engine(const char *table)
{
	return strncasecmp(table, "sqlite_", 7) == 0 ||
	       strncasecmp(table, "_cf_", 4) == 0;
}

/* ---- rows ---- */

static bool is_catalogue(const char *table)
{
	return strcasecmp(table, "sqlite_schema") == 0 ||
	       strcasecmp(table, "sqlite_master") == 0;
}

static bool is_text(const struct value *value)
{
	return value->type == VALUE_TEXT &&
	       !memchr(value->data, '\0', value->size);
}

/*
 * A row of the catalogue, by which `.dump` restores a virtual table: type,
 * name, tbl_name, rootpage, sql. Its text ends before what follows it.
 */
static int add_virtual(struct dump *dump, const struct row *row,
		       struct err *err)
{
	static const char create[] = "CREATE VIRTUAL TABLE ";
	const struct value *cells = row->cells;
	char *name = NULL, *sql = NULL;

	if (row->ncells == 5 && is_text(&cells[1]) && is_text(&cells[4]) &&
	    cells[4].size >= sizeof(create) &&
	    strncasecmp(cells[4].data, create, sizeof(create) - 1) == 0) {
		name = arena_copy(&dump->insertion.values, cells[1].data,
				  cells[1].size);
		sql = arena_copy(&dump->insertion.values, cells[4].data,
				 cells[4].size);
		if (!name || !sql)
			return err_set_nomem(err);
		return scratch_add_virtual(dump->scratch, name, sql, err);
	}
	return err_set(err, D1_EREFUSED,
		       "a row of the catalogue that is no virtual table");
}

/* Makes dump->insert fit the statement. */
static int choose_insert(struct dump *dump, struct err *err)
{
	const struct insertion *insertion = &dump->insertion;
	struct buf target;

	buf_init(&target, MAX_NAME);
	buf_add(&target, insertion->table, strlen(insertion->table) + 1);
	for (size_t i = 0; i < insertion->ncolumns; i++)
		buf_add(&target, insertion->columns[i],
			strlen(insertion->columns[i]) + 1);
	if (buf_check(&target, "the names of an INSERT", err) < 0)
		goto out;
	if (dump->insert && target.len == dump->target.len &&
	    memcmp(target.data, dump->target.data, target.len) == 0)
		goto out;
	scratch_insert_close(dump->insert);
	dump->insert = NULL;
	buf_release(&dump->target);
	dump->target = target;
	buf_init(&target, MAX_NAME);
	(void)!scratch_insert_open(&dump->insert, dump->scratch,
				   insertion->table, insertion->columns,
				   insertion->ncolumns, err);
out:
	buf_release(&target);
	return err->code;
}

static int read_rows(struct dump *dump, struct err *err)
{
	struct insertion *insertion = &dump->insertion;
	const struct row *row;
	bool catalogue;

	if (insertion_begin(insertion, dump->statement.text,
			    dump->statement.size, err) < 0)
		return err->code;
	catalogue = is_catalogue(insertion->table);
	if (is_of_engine(insertion->table) && !catalogue)
		return 0;
	if (!catalogue && choose_insert(dump, err) < 0)
		return err->code;
	while (insertion_next(insertion, &row, err) == 0 && row)
		if ((catalogue
			     ? add_virtual(dump, row, err)
			     : scratch_insert_row(dump->insert, row, err)) < 0)
			break;
	return err->code;
}

/* ---- definitions ---- */

/* The name of the table or index that CREATE makes, in *name if it is one. */
static void find_name(struct sqltokens tokens, struct buf *name)
{
	struct sqltoken token;

	while (sqltoken_next(&token, &tokens) &&
	       (sqltoken_is(&token, "UNIQUE") || sqltoken_is(&token, "TABLE") ||
		sqltoken_is(&token, "INDEX") || sqltoken_is(&token, "IF") ||
		sqltoken_is(&token, "NOT") || sqltoken_is(&token, "EXISTS")))
		continue;
	if (token.kind == SQLTOKEN_WORD || token.kind == SQLTOKEN_NAME ||
	    token.kind == SQLTOKEN_STRING)
		sqltoken_add_name(name, &token);
}

static int define(struct dump *dump, struct sqltokens tokens, struct err *err)
{
	struct buf name;
	int code = 0;

	buf_init(&name, MAX_NAME);
	find_name(tokens, &name);
	if (!name.data || !is_of_engine(name.data))
		/* its errors name file and line */
		code = scratch_define(dump->scratch, &dump->statement,
				      script_name(dump->script), err);
	buf_release(&name);
	return code;
}

/* ---- statements ---- */

static int ignore(struct dump *dump, struct sqltokens tokens, struct err *err)
{
	(void)dump;
	(void)tokens;
	(void)err;
	return 0;
}

static int insert(struct dump *dump, struct sqltokens tokens, struct err *err)
{
	(void)tokens;
	if (read_rows(dump, err) < 0)
		return place_error(dump, err);
	return 0;
}

static int refuse(struct dump *dump, struct err *err)
{
	const char *text = dump->statement.text;

	err_set(err, D1_EREFUSED, "'%.*s' is no statement of a dump",
		(int)strcspn(text, " \t\r\n("), text);
	if (*text == '.')
		err_hint(err, "commands of the sqlite3 program are never run");
	else
		err_hint(err, "a dump has CREATE and INSERT INTO ... VALUES, "
			      "as `sqlite3 .dump` and `wrangler d1 export` "
			      "write them");
	return place_error(dump, err);
}

static int check_pragma(struct dump *dump, struct sqltokens tokens,
			struct err *err)
{
	static const char *const harmless[] = { "foreign_keys",
						"defer_foreign_keys",
						"writable_schema" };
	struct sqltoken token;

	sqltoken_next(&token, &tokens);
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (sqltoken_is(&token, harmless[i]))
			return 0;
	return refuse(dump, err);
}

static int check_delete(struct dump *dump, struct sqltokens tokens,
			struct err *err)
{
	struct sqltoken token;

	if (sqltoken_next(&token, &tokens) && sqltoken_is(&token, "FROM") &&
	    sqltoken_next(&token, &tokens)) {
		struct buf name;
		bool sequence;

		buf_init(&name, MAX_NAME);
		sqltoken_add_name(&name, &token);
		sequence = name.data &&
			   strcasecmp(name.data, "sqlite_sequence") == 0;
		buf_release(&name);
		if (sequence && !sqltoken_next(&token, &tokens))
			return 0;
	}
	return refuse(dump, err);
}

static int refuse_rollback(struct dump *dump, struct sqltokens tokens,
			   struct err *err)
{
	(void)tokens;
	err_set(err, D1_ERROR,
		"the dump takes itself back: its writer met "
		"errors");
	err_hint(err, "look into the file for what could not be read, and make "
		      "the dump anew");
	return place_error(dump, err);
}

static int read_statement(struct dump *dump, struct err *err)
{
	static const struct {
		const char *word;
		int (*read)(struct dump *, struct sqltokens, struct err *);
	} kinds[] = {
		{ "INSERT", insert },
		{ "CREATE", define },
		{ "BEGIN", ignore },
		{ "COMMIT", ignore },
		{ "END", ignore },
		{ "ANALYZE", ignore },
		{ "PRAGMA", check_pragma },
		{ "DELETE", check_delete },
		{ "ROLLBACK", refuse_rollback },
	};
	struct sqltokens tokens = { dump->statement.text,
				    dump->statement.size };
	struct sqltoken first;

	sqltoken_next(&first, &tokens);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (sqltoken_is(&first, kinds[i].word))
			return kinds[i].read(dump, tokens, err);
	return refuse(dump, err);
}

static int read_all(struct dump *dump, struct err *err)
{
	do {
		if (script_next(dump->script, &dump->statement, err) < 0)
			return err->code;
	} while (dump->statement.text && read_statement(dump, err) == 0);
	return err->code;
}

/* ---- columns whose values were not computed ---- */

/*
 * True if rows can be inserted into the table: there is no function lacking.
 * The error stays in the handle.
 */
static bool can_insert(sqlite3 *db, const struct table *table, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	struct buf sql;
	bool can = false;

	buf_init(&sql, MAX_NAME);
	buf_add_string(&sql, "INSERT INTO ");
	sql_add_name(&sql, table->name);
	buf_add_string(&sql, " DEFAULT VALUES");
	if (buf_check(&sql, "a statement", err) == 0)
		can = sqlite3_prepare_v2(db, sql.data, -1, &statement, NULL) ==
		      SQLITE_OK;
	sqlite3_finalize(statement);
	buf_release(&sql);
	return can;
}

static bool is_stored(sqlite3 *db, const struct table *table,
		      const struct column *column)
{
	enum { STORED = 3 }; /* in the column `hidden` */
	sqlite3_stmt *statement = NULL;
	bool stored = true;

	if (sqlite3_prepare_v2(db,
			       "SELECT hidden FROM pragma_table_xinfo(?)"
			       " WHERE name = ?",
			       -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC) ==
		    SQLITE_OK &&
	    sqlite3_bind_text(statement, 2, column->name, -1, SQLITE_STATIC) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		stored = sqlite3_column_int(statement, 0) == STORED;
	sqlite3_finalize(statement);
	return stored;
}

/*
 * A generated column that is stored holds what a stub made of it, if a
 * function is lacking. It is not known which column lacks it: all are out.
 */
static int find_uncomputed(struct source *source, sqlite3 *db, struct err *err)
{
	struct schema *schema = source->schema;

	for (size_t t = 0; t < schema->ntables; t++) {
		const struct table *table = &schema->tables[t];
		const char *reason;

		if (table->kind != TABLE_PLAIN || can_insert(db, table, err))
			continue;
		reason = arena_string(&schema->arena, sqlite3_errmsg(db));
		if (!reason)
			return err_set_nomem(err);
		for (size_t c = 0; c < table->ncolumns; c++) {
			struct column *column = &table->columns[c];

			if (column->generated && !column->unreadable &&
			    is_stored(db, table, column))
				column->unreadable = reason;
		}
	}
	return err->code;
}

static int finish(struct dump *dump, struct source **source, const char *path,
		  struct err *err)
{
	sqlite3 *db;

	scratch_insert_close(dump->insert);
	dump->insert = NULL;
	if (scratch_finish(dump->scratch, &db, err) < 0 ||
	    sqlite_wrap(source, db, SQLITE_HANDLE_TAKEN, path, err) < 0)
		return err->code;
	if (find_uncomputed(*source, db, err) < 0) {
		source_close(*source);
		*source = NULL;
	}
	return err->code;
}

int dump_open(struct source **source, const char *path, struct err *err)
{
	struct dump dump = { .script = NULL };
	struct stream *stream = NULL;
	struct scratch *scratch = NULL;

	insertion_init(&dump.insertion);
	buf_init(&dump.target, MAX_NAME);
	if (stream_open_file(&stream, path, 0, err) < 0 ||
	    script_open(&dump.script, stream, path, err) < 0 ||
	    scratch_open(&scratch, err) < 0)
		goto out;
	dump.scratch = scratch;
	if (read_all(&dump, err) < 0)
		goto out;
	scratch = NULL;
	(void)!finish(&dump, source, path, err);
out:
	scratch_insert_close(dump.insert);
	scratch_close(scratch);
	script_close(dump.script);
	insertion_release(&dump.insertion);
	buf_release(&dump.target);
	return err->code;
}
