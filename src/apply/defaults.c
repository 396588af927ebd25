#include "config.h"

#include "apply/defaults.h"

#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "model/schema.h"
#include "source/statement.h"

static const char database_name[] = "the database";

/* Reads the text of a default. False if it is no constant. */
static bool read_constant(struct value *value, const char *text,
			  struct arena *arena)
{
	size_t size = strlen(text);

	if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0) {
		value->type = VALUE_INTEGER;
		value->integer = strcasecmp(text, "true") == 0;
		return true;
	}
	if (strcasecmp(text, "null") == 0) {
		value->type = VALUE_NULL;
		return true;
	}
	return literal_read(value, text, size, arena) == size;
}

int default_store(struct value *value, enum affinity affinity,
		  struct arena *arena, struct err *err)
{
	static const char *const creates[] = {
		[AFFINITY_BLOB] = "CREATE TABLE t(c)",
		[AFFINITY_TEXT] = "CREATE TABLE t(c TEXT)",
		[AFFINITY_NUMERIC] = "CREATE TABLE t(c NUMERIC)",
		[AFFINITY_INTEGER] = "CREATE TABLE t(c INTEGER)",
		[AFFINITY_REAL] = "CREATE TABLE t(c REAL)",
	};
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	struct cursor *cursor = NULL;
	const struct row *row = NULL;
	int rc = sqlite3_open(":memory:", &db);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, creates[affinity], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?)", -1,
					&statement, NULL);
	if (rc == SQLITE_OK)
		rc = statement_bind(statement, 1, value);
	if (rc == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE)
		rc = sqlite3_errcode(db);
	sqlite3_finalize(statement);
	statement = NULL;
	if (rc != SQLITE_OK) {
		statement_error(db, rc, database_name, err);
		goto out;
	}
	if (statement_prepare(&statement, db, "SELECT c FROM t", database_name,
			      err) < 0 ||
	    statement_cursor(&cursor, statement, 1, database_name, err) < 0 ||
	    cursor_next(cursor, &row, err) < 0)
		goto out;
	if (!row || !value_copy(value, &row->cells[0], arena))
		err_set_nomem(err);
out:
	cursor_close(cursor);
	sqlite3_close(db);
	return err->code;
}

/*
 * A default from its text, as pragma_table_xinfo has it (NULL: there is none),
 * and the declared type of the column.
 */
static int default_read(const struct value **value, const char *text,
			const char *type, struct arena *arena, struct err *err)
{
	struct value *found = arena_alloc(arena, sizeof(*found));

	*value = NULL;
	if (!found)
		return err_set_nomem(err);
	if (read_constant(found, text ? text : "NULL", arena) &&
	    default_store(found, affinity_of_type(type ? type : ""), arena,
			  err) == 0)
		*value = found;
	return err->code;
}

/* The columns of a table while they are read. */
struct reading {
	struct arena *arena;
	default_use_fn *use;
	void *context;
};

static const char *string_of(struct arena *arena, const struct value *value)
{
	return value->type == VALUE_TEXT
		       ? arena_copy(arena, value->data, value->size)
		       : NULL;
}

/* Takes a row of name, default and type. */
static int take_default(void *context, const struct row *row, struct err *err)
{
	const struct reading *reading = context;
	struct arena *arena = reading->arena;
	const char *name = string_of(arena, &row->cells[0]);
	const struct value *value;

	if (!name)
		return 0;
	if (default_read(&value, string_of(arena, &row->cells[1]),
			 string_of(arena, &row->cells[2]), arena, err) < 0)
		return err->code;
	return reading->use(reading->context, name, value, err);
}

int source_defaults(struct source *source, const char *table,
		    struct arena *arena, default_use_fn *use, void *context,
		    struct err *err)
{
	struct reading reading = { arena, use, context };
	const struct value name = { .type = VALUE_TEXT,
				    .data = table,
				    .size = strlen(table) };
	struct buf sql;

	buf_init(&sql, 1 << 16);
	buf_add_string(&sql, "SELECT name, dflt_value, type "
			     "FROM pragma_table_xinfo(");
	literal_add(&sql, &name);
	buf_add_string(&sql, ") WHERE hidden = 0");
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!source_select(source, sql.data, take_default, &reading,
				     err);
	buf_release(&sql);
	return err->code;
}
