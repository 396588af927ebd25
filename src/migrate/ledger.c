#include "config.h"

#include "migrate/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "source/statement.h"
#include "util/compiler.h"

enum { MAX_SQL = 1 << 16 };

static const char ledger_what[] = "the ledger of migrations";

static int add_name(struct ledger *ledger, const struct value *cell,
		    struct err *err)
{
	const char *name = arena_copy(&ledger->arena, cell->data, cell->size);

	if (name && (ledger->count & (ledger->count - 1)) == 0) {
		size_t cap = ledger->count > 0 ? ledger->count * 2 : 1;
		const char **names =
			reallocarray(ledger->names, cap, sizeof(*names));

		if (!names)
			return err_set_nomem(err);
		ledger->names = names;
	}
	if (!name)
		return err_set_nomem(err);
	ledger->names[ledger->count++] = name;
	return 0;
}

static int take_row(void *context, const struct row *row, struct err *err)
{
	if (row->ncells != 1)
		return err_set(err, D1_ERROR,
			       "the ledger of migrations came with %zu columns "
			       "instead of 1",
			       row->ncells);
	return row->cells[0].type == VALUE_TEXT
		       ? add_name(context, &row->cells[0], err)
		       : 0;
}

static int check_columns(const struct table *table, struct err *err)
{
	static const char *const columns[] = { "name", "id" };

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (table_column(table, columns[i]) < table->ncolumns)
			continue;
		err_set(err, D1_ERROR,
			"the table '%s' is not wrangler's: it has no column "
			"'%s'",
			table->name, columns[i]);
		return err_hint(err, "another tool keeps its migrations there: "
				     "set migrations_table to another name");
	}
	return 0;
}

int ledger_read(struct ledger *ledger, struct source *source, const char *table,
		struct err *err)
{
	const struct table *found = schema_find_table(source->schema, table);
	struct buf sql;

	memset(ledger, 0, sizeof(*ledger));
	if (!found || check_columns(found, err) < 0)
		return err->code;
	ledger->exists = true;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "SELECT l.name FROM ");
	sql_add_name(&sql, found->name);
	buf_add_string(&sql, " l ORDER BY l.id");
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!source_select(source, sql.data, take_row, ledger, err);
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

void ledger_add_creation(struct buf *sql, const char *table)
{
	buf_add_string(sql, "CREATE TABLE IF NOT EXISTS ");
	sql_add_name(sql, table);
	buf_add_string(sql, "(\n"
			    "\t\tid         INTEGER PRIMARY KEY "
			    "AUTOINCREMENT,\n"
			    "\t\tname       TEXT UNIQUE,\n"
			    "\t\tapplied_at TIMESTAMP DEFAULT "
			    "CURRENT_TIMESTAMP NOT NULL\n"
			    ")");
}

void ledger_add_record(struct buf *sql, const char *table)
{
	buf_add_string(sql, "INSERT INTO ");
	sql_add_name(sql, table);
	buf_add_string(sql, " (name) VALUES (?1)");
}

void ledger_add_removal(struct buf *sql, const char *table)
{
	buf_add_string(sql, "DELETE FROM ");
	sql_add_name(sql, table);
	buf_add_string(sql, " WHERE name = ?1");
}

/* Runs the statement, which is released, with the name bound if there is one.
 */
static int run(sqlite3 *db, struct buf *sql, const char *name, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rc;

	if (buf_check(sql, "a statement", err) < 0)
		goto out;
	rc = sqlite3_prepare_v2(db, sql->data, -1, &statement, NULL);
	if (rc == SQLITE_OK && name)
		rc = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc != SQLITE_DONE)
		statement_error(db, rc, ledger_what, err);
	sqlite3_finalize(statement);
out:
	buf_release(sql);
	return err->code;
}

int ledger_create(sqlite3 *db, const char *table, struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	ledger_add_creation(&sql, table);
	return run(db, &sql, NULL, err);
}

int ledger_record(sqlite3 *db, const char *table, const char *name,
		  struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	ledger_add_record(&sql, table);
	if (run(db, &sql, name, err) == 0)
		return 0;
	err_context(err, "the migration cannot be noted in '%s'", table);
	return err_hint(err, "if another tool made that table, set "
			     "migrations_table to another name");
}

int ledger_remove(sqlite3 *db, const char *table, const char *name,
		  struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	ledger_add_removal(&sql, table);
	return run(db, &sql, name, err);
}
