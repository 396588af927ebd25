#include "config.h"

#include "apply/triggers.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/sql.h"
#include "source/statement.h"
#include "util/buf.h"
#include "util/glob.h"

enum { MAX_SQL = 1 << 26 };

static const char database_name[] = "the database";

struct held_trigger {
	const char *name;
	const char *sql;
	bool writes; /* rows of some table */
	bool other;  /* and not only of an index */
	bool held;   /* it was dropped */
	struct held_trigger *next;
};

struct held_table {
	const char *name;
	struct held_trigger *triggers; /* in the order they were made */
	struct held_table *next;
};

/* A virtual table that the transaction does not write itself. */
struct index_table {
	const char *name;
	struct index_table *next;
};

/* Who watches what the triggers of a table write. */
struct watch {
	struct held_table *table;
	struct index_table *indexes;
	bool (*is_written)(void *context, const char *table);
	void *context;
};

/* ---- what there is ---- */

static int read_triggers(struct held_table *table, struct arena *arena,
			 sqlite3 *db, struct err *err)
{
	struct held_trigger **end = &table->triggers;
	sqlite3_stmt *select = NULL;
	int rc;

	if (statement_prepare(&select, db,
			      "SELECT name, sql FROM main.sqlite_schema "
			      "WHERE type = 'trigger' AND sql IS NOT NULL AND "
			      "tbl_name = ? COLLATE NOCASE ORDER BY rowid",
			      database_name, err) < 0)
		return err->code;
	sqlite3_bind_text(select, 1, table->name, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
		struct held_trigger *trigger =
			arena_alloc(arena, sizeof(*trigger));

		if (!trigger) {
			err_set_nomem(err);
			goto out;
		}
		trigger->name = arena_string(
			arena, (const char *)sqlite3_column_text(select, 0));
		trigger->sql = arena_string(
			arena, (const char *)sqlite3_column_text(select, 1));
		if (!trigger->name || !trigger->sql) {
			err_set_nomem(err);
			goto out;
		}
		*end = trigger;
		end = &trigger->next;
	}
	if (rc != SQLITE_DONE)
		statement_error(db, rc, database_name, err);
out:
	sqlite3_finalize(select);
	return err->code;
}

/* ---- what they write ---- */

/* No statement can be run while SQLite asks: so this is read beforehand. */
static int read_indexes(struct watch *watch, struct arena *arena, sqlite3 *db,
			struct err *err)
{
	sqlite3_stmt *select = NULL;
	int rc;

	if (statement_prepare(&select, db,
			      "SELECT name FROM main.sqlite_schema WHERE type "
			      "= 'table' AND sql LIKE 'CREATE VIRTUAL%'",
			      database_name, err) < 0)
		return err->code;
	while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(select, 0);
		struct index_table *index;

		if (!name || watch->is_written(watch->context, name))
			continue;
		index = arena_alloc(arena, sizeof(*index));
		if (index)
			index->name = arena_string(arena, name);
		if (!index || !index->name) {
			err_set_nomem(err);
			goto out;
		}
		index->next = watch->indexes;
		watch->indexes = index;
	}
	if (rc != SQLITE_DONE)
		statement_error(db, rc, database_name, err);
out:
	sqlite3_finalize(select);
	return err->code;
}

static bool keeps_index(const struct watch *watch, const char *table)
{
	const struct index_table *index = watch->indexes;

	while (index && !name_equal(index->name, table))
		index = index->next;
	return index != NULL;
}

/*
 * SQLite asks for leave of all that a statement's triggers write, and names
 * the innermost one (https://www.sqlite.org/c3ref/set_authorizer.html).
 */
static int watch_write(void *context, int action, const char *table,
		       const char *column, const char *database,
		       const char *trigger)
{
	struct watch *watch = context;

	(void)column;
	(void)database;
	if (!trigger || !table ||
	    (action != SQLITE_INSERT && action != SQLITE_DELETE &&
	     action != SQLITE_UPDATE))
		return SQLITE_OK;
	for (struct held_trigger *held = watch->table->triggers; held;
	     held = held->next) {
		if (strcmp(held->name, trigger) != 0)
			continue;
		held->writes = true;
		held->other = held->other || !keeps_index(watch, table);
	}
	return SQLITE_OK;
}

static int add_update(struct buf *sql, sqlite3 *db, const char *table,
		      struct err *err)
{
	sqlite3_stmt *columns = NULL;
	size_t before;

	buf_add_string(sql, "UPDATE main.");
	sql_add_name(sql, table);
	buf_add_string(sql, " SET ");
	before = sql->len;
	if (statement_prepare(&columns, db,
			      "SELECT name FROM pragma_table_xinfo(?) "
			      "WHERE hidden = 0",
			      database_name, err) < 0)
		return err->code;
	sqlite3_bind_text(columns, 1, table, -1, SQLITE_STATIC);
	while (sqlite3_step(columns) == SQLITE_ROW) {
		buf_add_string(sql, sql->len > before ? ", " : "");
		sql_add_name(sql,
			     (const char *)sqlite3_column_text(columns, 0));
		buf_add_string(sql, " = NULL");
	}
	sqlite3_finalize(columns);
	return buf_check(sql, "a statement", err);
}

/* Compiles a statement; false if SQLite cannot. */
static bool watch_statement(struct watch *watch, sqlite3 *db,
			    const struct buf *sql)
{
	sqlite3_stmt *statement = NULL;
	bool known;

	if (sql->failed)
		return false;
	sqlite3_set_authorizer(db, watch_write, watch);
	known = sqlite3_prepare_v2(db, sql->data, -1, &statement, NULL) ==
		SQLITE_OK;
	sqlite3_set_authorizer(db, NULL, NULL);
	sqlite3_finalize(statement);
	return known;
}

/*
 * Compiles a statement of each kind, so that SQLite tells what the triggers
 * write. *known is false if it cannot.
 */
static int watch_triggers(struct watch *watch, sqlite3 *db, bool *known,
			  struct err *err)
{
	const char *table = watch->table->name;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "INSERT INTO main.");
	sql_add_name(&sql, table);
	buf_add_string(&sql, " DEFAULT VALUES");
	*known = watch_statement(watch, db, &sql);
	buf_clear(&sql);
	buf_add_string(&sql, "DELETE FROM main.");
	sql_add_name(&sql, table);
	*known = *known && watch_statement(watch, db, &sql);
	buf_clear(&sql);
	if (*known && add_update(&sql, db, table, err) == 0)
		*known = watch_statement(watch, db, &sql);
	buf_release(&sql);
	return err->code;
}

/* ---- dropping, making ---- */

static int drop_trigger(sqlite3 *db, const char *name, struct err *err)
{
	struct buf sql;
	int rc;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TRIGGER IF EXISTS main.");
	sql_add_name(&sql, name);
	if (buf_check(&sql, "a statement", err) == 0) {
		rc = sqlite3_exec(db, sql.data, NULL, NULL, NULL);
		if (rc != SQLITE_OK)
			statement_error(db, rc, database_name, err);
	}
	buf_release(&sql);
	return err->code;
}

static bool is_held(const struct held_triggers *held, const char *table)
{
	for (const struct held_table *known = held->tables; known;
	     known = known->next)
		if (name_equal(known->name, table))
			return true;
	return false;
}

/* Drops those that must not fire. Where none must not, all stay as they are. */
static int hold_some(struct watch *watch, struct arena *arena, sqlite3 *db,
		     struct err *err)
{
	bool known;
	bool any = false;

	if (read_indexes(watch, arena, db, err) < 0 ||
	    watch_triggers(watch, db, &known, err) < 0)
		return err->code;
	for (struct held_trigger *trigger = watch->table->triggers; trigger;
	     trigger = trigger->next) {
		if (known && trigger->writes && !trigger->other)
			continue;
		any = true;
		trigger->held = true;
		if (drop_trigger(db, trigger->name, err) < 0)
			return err->code;
	}
	if (!any)
		watch->table->triggers = NULL;
	return 0;
}

int triggers_hold(struct held_triggers *held, sqlite3 *db, const char *table,
		  bool (*is_written)(void *context, const char *table),
		  void *context, struct err *err)
{
	struct held_table *added;
	struct watch watch = { .is_written = is_written, .context = context };

	if (is_held(held, table))
		return 0;
	added = arena_alloc(&held->arena, sizeof(*added));
	if (!added)
		return err_set_nomem(err);
	added->name = arena_string(&held->arena, table);
	if (!added->name)
		return err_set_nomem(err);
	if (read_triggers(added, &held->arena, db, err) < 0)
		return err->code;
	added->next = held->tables;
	held->tables = added;
	watch.table = added;
	return added->triggers ? hold_some(&watch, &held->arena, db, err) : 0;
}

void triggers_each(const struct held_triggers *held, const char *table,
		   void (*use)(void *context, const char *name, bool is_held),
		   void *context)
{
	const struct held_table *known = held->tables;
	const struct held_trigger *trigger;

	while (known && !name_equal(known->name, table))
		known = known->next;
	for (trigger = known ? known->triggers : NULL; trigger;
	     trigger = trigger->next)
		use(context, trigger->name, trigger->held);
}

static int make_triggers(const struct held_table *table, sqlite3 *db,
			 struct err *err)
{
	const struct held_trigger *trigger;
	int rc;

	for (trigger = table->triggers; trigger; trigger = trigger->next)
		if (drop_trigger(db, trigger->name, err) < 0)
			return err->code;
	for (trigger = table->triggers; trigger; trigger = trigger->next) {
		rc = sqlite3_exec(db, trigger->sql, NULL, NULL, NULL);
		if (rc != SQLITE_OK) {
			statement_error(db, rc, database_name, err);
			return err_context(err, "trigger '%s'", trigger->name);
		}
	}
	return 0;
}

int triggers_release(struct held_triggers *held, sqlite3 *db, struct err *err)
{
	for (const struct held_table *table = held->tables; table;
	     table = table->next)
		if (make_triggers(table, db, err) < 0)
			return err->code;
	triggers_forget(held);
	return 0;
}

void triggers_forget(struct held_triggers *held)
{
	arena_release(&held->arena);
	held->tables = NULL;
}
