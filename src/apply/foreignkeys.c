#include "config.h"

#include "apply/foreignkeys.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "model/sql.h"
#include "source/statement.h"
#include "util/buf.h"

enum {
	MAX_TEXT = 1 << 16,
	SHOWN = 5, /* rows named in a message */
};

static const char database_name[] = "the database";

static int run(sqlite3 *db, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0
			       : statement_error(db, rc, database_name, err);
}

static const char noted_tables[] =
	"SELECT name FROM main.sqlite_schema WHERE type = 'table' "
	"AND sql LIKE '%REFERENCES%' ORDER BY name";

/*
 * Collects the violations into a temporary table. A table whose foreign keys
 * do not fit their parents cannot be checked by SQLite: it is passed over.
 */
static int collect(sqlite3 *db, const char *into, struct err *err)
{
	sqlite3_stmt *tables = NULL;
	sqlite3_stmt *insert = NULL;
	struct buf sql;
	int rc;

	buf_init(&sql, MAX_TEXT);
	buf_add_format(&sql,
		       "CREATE TEMP TABLE %s(child, row, parent, key, "
		       "UNIQUE(child, row, parent, key))",
		       into);
	if (buf_check(&sql, "a statement", err) < 0 ||
	    run(db, sql.data, err) < 0 ||
	    statement_prepare(&tables, db, noted_tables, database_name, err) <
		    0)
		goto out;
	buf_clear(&sql);
	buf_add_format(&sql,
		       "INSERT INTO temp.%s SELECT \"table\", rowid, parent, "
		       "fkid FROM pragma_foreign_key_check(?)",
		       into);
	rc = sqlite3_prepare_v2(db, sql.data, -1, &insert, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
		sqlite3_bind_value(insert, 1, sqlite3_column_value(tables, 0));
		rc = sqlite3_step(insert);
		sqlite3_reset(insert);
		if (rc == SQLITE_DONE || (rc & 0xff) == SQLITE_ERROR)
			rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		statement_error(db, rc, database_name, err);
out:
	sqlite3_finalize(tables);
	sqlite3_finalize(insert);
	buf_release(&sql);
	return err->code;
}

static int is_noted(bool *noted, sqlite3 *db, struct err *err)
{
	sqlite3_stmt *statement = NULL;

	if (statement_prepare(&statement, db,
			      "SELECT 1 FROM temp.sqlite_schema "
			      "WHERE name = 'git_d1_dangling'",
			      database_name, err) < 0)
		return err->code;
	*noted = sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_finalize(statement);
	return 0;
}

int foreign_keys_note(sqlite3 *db, struct err *err)
{
	bool noted = false;

	if (is_noted(&noted, db, err) < 0 || noted)
		return err->code;
	return collect(db, "git_d1_dangling", err);
}

/* "posts row 5 -> users" */
static void add_violation(struct buf *text, sqlite3_stmt *statement)
{
	const char *child = (const char *)sqlite3_column_text(statement, 0);
	const char *parent = (const char *)sqlite3_column_text(statement, 2);

	buf_add_format(text, "'%s'", child ? child : "");
	if (sqlite3_column_type(statement, 1) != SQLITE_NULL)
		buf_add_format(text, " row %lld",
			       (long long)sqlite3_column_int64(statement, 1));
	buf_add_format(text, " to '%s'", parent ? parent : "");
}

/* What was not so before. A table without rowid can only be counted. */
static const char select_new[] =
	"SELECT child, row, parent FROM temp.git_d1_dangling_now n"
	" WHERE row IS NOT NULL AND NOT EXISTS(SELECT 1 FROM"
	" temp.git_d1_dangling b WHERE b.child = n.child AND b.row = n.row"
	" AND b.parent = n.parent AND b.key = n.key)"
	" UNION ALL SELECT child, NULL, parent"
	" FROM temp.git_d1_dangling_now n WHERE row IS NULL"
	" GROUP BY child, parent, key HAVING count(*) > (SELECT count(*) FROM"
	" temp.git_d1_dangling b WHERE b.row IS NULL AND b.child = n.child"
	" AND b.parent = n.parent AND b.key = n.key)";

static int compare(sqlite3 *db, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	struct buf text;
	int rc, count = 0;

	buf_init(&text, MAX_TEXT);
	if (statement_prepare(&statement, db, select_new, database_name, err) <
	    0)
		goto out;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		if (count++ >= SHOWN)
			continue;
		buf_add_string(&text, count > 1 ? ", " : "");
		add_violation(&text, statement);
	}
	if (rc != SQLITE_DONE) {
		statement_error(db, rc, database_name, err);
	} else if (count > 0) {
		err_set(err, D1_ECONFLICT,
			"%d foreign key%s would refer to no row: %s%s", count,
			count == 1 ? "" : "s", text.data ? text.data : "",
			count > SHOWN ? ", ..." : "");
		err_hint(err, "nothing was written; the rows they refer to may "
			      "be in a table that is not tracked, or were "
			      "deleted on one side");
	}
out:
	sqlite3_finalize(statement);
	buf_release(&text);
	return err->code;
}

int foreign_keys_check(sqlite3 *db, struct err *err)
{
	bool noted = false;

	if (is_noted(&noted, db, err) < 0 || !noted)
		return err->code;
	if (collect(db, "git_d1_dangling_now", err) < 0 || compare(db, err) < 0)
		return err->code;
	return foreign_keys_forget(db, err);
}

int foreign_keys_forget(sqlite3 *db, struct err *err)
{
	return run(db,
		   "DROP TABLE IF EXISTS temp.git_d1_dangling;"
		   "DROP TABLE IF EXISTS temp.git_d1_dangling_now",
		   err);
}
