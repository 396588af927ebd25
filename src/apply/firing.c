#include "config.h"

#include "apply/firing.h"

#include <string.h>

#include <sqlite3.h>

#include "apply/triggers.h"
#include "format/script.h"
#include "model/sqltoken.h"
#include "source/execute.h"
#include "source/guard.h"
#include "source/statement.h"
#include "util/glob.h"

static const char copy_name[] = "the copy of the schema";

static const char select_all[] =
	"SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"
	" AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	" AND tbl_name NOT LIKE '\\_cf\\_%' ESCAPE '\\'"
	" ORDER BY type = 'trigger', type = 'view', rowid";

/*
 * What cannot be made here is passed over (a shadow table is there already):
 * SQLite cannot tell then what a trigger that needs it does, and it is held.
 */
static int take_definition(void *context, const struct row *row,
			   struct err *err)
{
	struct script_statement statement = { .line = 1 };
	struct err own = ERR_INIT;
	struct buf sql;

	if (row->ncells != 1 || row->cells[0].type != VALUE_TEXT)
		return 0;
	buf_init(&sql, SCRIPT_MAX_STATEMENT);
	buf_add(&sql, row->cells[0].data, row->cells[0].size);
	if (buf_check(&sql, "a statement", err) == 0) {
		statement.text = sql.data;
		statement.size = sql.len;
		(void)!execute_statement(context, &statement, copy_name,
					 EXECUTE_DEFINITIONS, &own);
	}
	buf_release(&sql);
	return own.code == D1_ENOMEM ? err_set_nomem(err) : err->code;
}

static int open_copy(sqlite3 **db, struct source *source, struct err *err)
{
	int rc = sqlite3_open_v2(":memory:", db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					 SQLITE_OPEN_NOMUTEX,
				 NULL);

	if (rc == SQLITE_OK)
		rc = guard_database(*db);
	if (rc != SQLITE_OK)
		return statement_error(*db, rc, copy_name, err);
	return source_select(source, select_all, take_definition, *db, err);
}

/* True if rows of the virtual table are among those written. */
static bool is_written(void *context, const char *name)
{
	const struct plan *plan = context;

	for (const struct plan_table *table = plan->first; table;
	     table = table->next)
		if (table->entries &&
		    name_equal(table->target->table->name, name))
			return true;
	return false;
}

/*
 * D1's /raw cuts statements apart by an upper-case BEGIN before a blank and
 * the next END, and takes no CR: a text that it might not get right.
 */
static bool is_odd(const char *sql)
{
	struct sqltokens tokens = { .at = sql, .left = strlen(sql) };
	struct sqltoken token;
	size_t ends = 0;
	bool begins = false;

	while (sqltoken_next(&token, &tokens)) {
		if (token.kind != SQLTOKEN_WORD)
			continue;
		if (sqltoken_is(&token, "END"))
			ends++;
		if (token.size == 5 && memcmp(token.text, "BEGIN", 5) == 0 &&
		    (token.text[5] == ' ' || token.text[5] == '\n'))
			begins = true;
	}
	return strchr(sql, '\r') || !begins || ends != 1;
}

/* The triggers of one table that are held. */
struct listing {
	struct plan *plan;
	struct plan_table *table;
	size_t count;
	struct err *err;
};

static void list_trigger(void *context, const char *name, bool is_held)
{
	struct listing *listing = context;
	const struct target_trigger *trigger = listing->table->target->triggers;
	const struct target_trigger **longer;

	if (!is_held)
		return;
	while (trigger && strcmp(trigger->name, name) != 0)
		trigger = trigger->next;
	longer = arena_array(&listing->plan->arena, listing->count + 2,
			     sizeof(struct target_trigger *));
	if (!longer) {
		err_set_nomem(listing->err);
		return;
	}
	if (listing->count > 0)
		memcpy(longer, listing->table->held,
		       listing->count * sizeof(*longer));
	longer[listing->count++] = trigger;
	listing->table->held = longer;
}

/* All of a held table's triggers are made again, and so must pass. */
static void look_for_odd(struct plan *plan, const struct plan_table *table)
{
	const struct target_trigger *trigger;

	for (trigger = table->target->triggers; trigger;
	     trigger = trigger->next)
		if (is_odd(trigger->sql))
			plan->odd_trigger = true;
}

static int find_held(struct plan *plan, sqlite3 *db, struct err *err)
{
	struct held_triggers held = { .tables = NULL };

	for (struct plan_table *table = plan->first; table && !err->code;
	     table = table->next) {
		struct listing listing = { plan, table, 0, err };
		const char *name = table->target->table->name;

		if (!table->target->triggers ||
		    triggers_hold(&held, db, name, is_written, plan, err) < 0)
			continue;
		triggers_each(&held, name, list_trigger, &listing);
		if (table->held)
			look_for_odd(plan, table);
	}
	triggers_forget(&held);
	return err->code;
}

static bool have_triggers(const struct plan *plan)
{
	const struct plan_table *table = plan->first;

	while (table && !table->target->triggers)
		table = table->next;
	return table != NULL;
}

int firing_find(struct plan *plan, struct err *err)
{
	sqlite3 *db = NULL;

	if (plan->options.fire_triggers || !have_triggers(plan))
		return 0;
	if (open_copy(&db, plan->target->source, err) == 0)
		(void)!find_held(plan, db, err);
	sqlite3_close(db);
	return err->code;
}
