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

int default_read(const struct value **value, const char *text, const char *type,
		 struct arena *arena, struct err *err)
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

int column_default(const struct value **value, sqlite3 *db, const char *table,
		   const char *column, struct arena *arena, struct err *err)
{
	sqlite3_stmt *statement = NULL;

	*value = NULL;
	if (statement_prepare(&statement, db,
			      "SELECT dflt_value, type FROM "
			      "pragma_table_xinfo(?, 'main') WHERE hidden = 0 "
			      "AND name = ? COLLATE NOCASE",
			      database_name, err) < 0)
		return err->code;
	sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, column, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		(void)!default_read(
			value, (const char *)sqlite3_column_text(statement, 0),
			(const char *)sqlite3_column_text(statement, 1), arena,
			err);
	sqlite3_finalize(statement);
	return err->code;
}
