#include "config.h"

#include "migrate/ledger.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "source/statement.h"
#include "util/buf.h"
#include "util/glob.h"

enum { MAX_SQL = 1 << 16 };

static const char ledger_what[] = "the ledger of migrations";

/* Prepares "<before> <table> <after>". */
static int prepare(sqlite3_stmt **statement, sqlite3 *db, const char *before,
		   const char *table, const char *after, struct err *err)
{
	struct buf sql;
	int rc;

	*statement = NULL;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, before);
	sql_add_name(&sql, table);
	buf_add_string(&sql, after);
	if (buf_check(&sql, "a statement", err) == 0) {
		rc = sqlite3_prepare_v2(db, sql.data, -1, statement, NULL);
		if (rc != SQLITE_OK)
			statement_error(db, rc, ledger_what, err);
	}
	buf_release(&sql);
	return err->code;
}

/* Runs a statement to its end and finalizes it. */
static int finish(sqlite3_stmt *statement, sqlite3 *db, struct err *err)
{
	int rc = sqlite3_step(statement);

	if (rc != SQLITE_DONE)
		statement_error(db, rc, ledger_what, err);
	sqlite3_finalize(statement);
	return err->code;
}

static int find_table(bool *exists, sqlite3 *db, const char *table,
		      struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rc;

	if (statement_prepare(&statement, db,
			      "SELECT 1 FROM main.sqlite_schema WHERE type IN "
			      "('table', 'view') AND name = ?1 COLLATE NOCASE",
			      ledger_what, err) < 0)
		return err->code;
	sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
	rc = sqlite3_step(statement);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		statement_error(db, rc, ledger_what, err);
	*exists = rc == SQLITE_ROW;
	sqlite3_finalize(statement);
	return err->code;
}

/* Full at 0, 64, 128, 256, ...: then the list moves to twice the room. */
static int add_name(struct ledger *ledger, const char *name, size_t size,
		    struct err *err)
{
	size_t count = ledger->count;

	if (!count || (count >= 64 && !(count & (count - 1)))) {
		const char **names =
			reallocarray(ledger->names, count ? count * 2 : 64,
				     sizeof(*names));

		if (!names)
			return err_set_nomem(err);
		ledger->names = names;
	}
	ledger->names[count] = arena_copy(&ledger->arena, name, size);
	if (!ledger->names[count])
		return err_set_nomem(err);
	ledger->count++;
	return 0;
}

static int read_names(struct ledger *ledger, sqlite3 *db,
		      sqlite3_stmt *statement, struct err *err)
{
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		const unsigned char *name = sqlite3_column_text(statement, 0);

		if (name && add_name(ledger, (const char *)name,
				     strlen((const char *)name), err) < 0)
			return err->code;
	}
	return rc == SQLITE_DONE ? 0
				 : statement_error(db, rc, ledger_what, err);
}

static int not_wranglers(const char *table, struct err *err)
{
	err_context(err, "the table '%s' is not wrangler's", table);
	return err_hint(err, "another tool keeps its migrations there: set "
			     "migrations_table to another name");
}

int ledger_read(struct ledger *ledger, sqlite3 *db, const char *table,
		struct err *err)
{
	sqlite3_stmt *statement;

	memset(ledger, 0, sizeof(*ledger));
	if (find_table(&ledger->exists, db, table, err) < 0 || !ledger->exists)
		return err->code;
	/* a name in quotes that is no column would be read as a text */
	if (prepare(&statement, db, "SELECT l.name FROM main.", table,
		    " l ORDER BY l.id", err) < 0)
		return not_wranglers(table, err);
	(void)!read_names(ledger, db, statement, err);
	sqlite3_finalize(statement);
	return err->code;
}

static int select_name(void *context, const struct row *row, struct err *err)
{
	const struct value *name = &row->cells[0];

	if (name->type != VALUE_TEXT)
		return 0;
	return add_name(context, name->data, name->size, err);
}

static bool has_names(const struct table *table)
{
	for (size_t i = 0; i < table->ncolumns; i++)
		if (name_equal(table->columns[i].name, "name"))
			return true;
	return false;
}

int ledger_select(struct ledger *ledger, struct source *source,
		  const char *table, struct err *err)
{
	const struct table *found = schema_table(source->schema, table);
	struct buf sql;

	memset(ledger, 0, sizeof(*ledger));
	ledger->exists = found != NULL;
	if (!found)
		return 0;
	if (!has_names(found)) {
		err_set(err, D1_ERROR, "it has no column 'name'");
		return not_wranglers(table, err);
	}
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT l.name FROM ");
	sql_add_name(&sql, found->name);
	buf_add_string(&sql, " l");
	if (buf_check(&sql, "a statement", err) == 0 &&
	    source_select(source, sql.data, select_name, ledger, err) < 0)
		err_context(err, "%s", ledger_what);
	buf_release(&sql);
	return err->code;
}

void ledger_release(struct ledger *ledger)
{
	free(ledger->names);
	arena_release(&ledger->arena);
	memset(ledger, 0, sizeof(*ledger));
}

bool ledger_has(const struct ledger *ledger, const char *name)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (strcmp(ledger->names[i], name) == 0)
			return true;
	return false;
}

int ledger_create(sqlite3 *db, const char *table, struct err *err)
{
	sqlite3_stmt *statement;

	if (prepare(&statement, db, "CREATE TABLE IF NOT EXISTS ", table,
		    "(\n"
		    "\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,\n"
		    "\t\tname       TEXT UNIQUE,\n"
		    "\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT "
		    "NULL\n"
		    ")",
		    err) < 0)
		return err->code;
	return finish(statement, db, err);
}

int ledger_record(sqlite3 *db, const char *table, const char *name,
		  struct err *err)
{
	sqlite3_stmt *statement;

	if (prepare(&statement, db, "INSERT INTO main.", table,
		    " (name) VALUES (?1)", err) < 0)
		return err->code;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	return finish(statement, db, err);
}
