#include "config.h"

#include "apply/planguard.h"

#include <string.h>

#include "model/literal.h"
#include "model/sql.h"
#include "util/buf.h"
#include "util/jsonstring.h"

enum { MAX_SQL = 1 << 20, MAX_JSON = 1 << 24 };

/* A table whose definition is no longer that which the plan was made for. */
int planguard_definition(struct step_sink *sink, const struct plan_table *table,
			 struct err *err)
{
	const struct target_table *target = table->target;
	struct step step = {
		.before = "SELECT CASE WHEN NOT EXISTS(SELECT 1 FROM "
			  "json_each(",
		.after = ") j WHERE (SELECT json_group_array(json_array(type,"
			 "name,tbl_name,sql)) FROM (SELECT type,name,tbl_name,"
			 "sql FROM sqlite_schema WHERE lower(tbl_name)="
			 "lower(j.value->>0) ORDER BY type,name)) IS NOT "
			 "(j.value->>1)) THEN 1 ELSE "
			 "json_extract('{}','git-d1 guard schema') END",
	};
	void (*add)(struct buf * out, const char *text, size_t size) =
		sink->literal ? jsonstring_add_ascii : jsonstring_add;
	struct buf json;

	if (!target->definition)
		return 0;
	buf_init(&json, MAX_JSON);
	buf_add_string(&json, "[[");
	add(&json, target->table->name, strlen(target->table->name));
	buf_add_char(&json, ',');
	add(&json, target->definition, strlen(target->definition));
	buf_add_string(&json, "]]");
	step.json = json.data;
	step.size = json.len;
	/* one that fills a statement is left to the errors of the others */
	if (buf_check(&json, "a definition", err) == 0 && json.len < sink->most)
		(void)!sink->take(sink, &step, err);
	buf_release(&json);
	return err->code;
}

/* ---- triggers ---- */

static int drop_trigger(struct step_sink *sink, const char *name,
			struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TRIGGER IF EXISTS ");
	sql_add_name(&sql, name);
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!step_take(sink, sql.data, err);
	buf_release(&sql);
	return err->code;
}

int planguard_hold_triggers(struct step_sink *sink,
			    const struct plan_table *table, struct err *err)
{
	for (size_t i = 0; table->held && table->held[i]; i++)
		if (drop_trigger(sink, table->held[i]->name, err) < 0)
			return err->code;
	return 0;
}

/* They fire in the reverse of the order in which they were made: so all are
 * made again. */
int planguard_make_triggers(struct step_sink *sink,
			    const struct plan_table *table, struct err *err)
{
	const struct target_trigger *it;

	if (!table->held)
		return 0;
	for (it = table->target->triggers; it; it = it->next)
		if (drop_trigger(sink, it->name, err) < 0)
			return err->code;
	for (it = table->target->triggers; it; it = it->next)
		if (step_take(sink, it->sql, err) < 0)
			return err->code;
	return 0;
}

/* ---- foreign keys ---- */

static bool is_in_plan(const struct plan *plan,
		       const struct target_table *target)
{
	const struct plan_table *table = plan->first;

	while (table && table->target != target)
		table = table->next;
	return table && table->entries;
}

static void add_table_text(struct buf *sql, const struct target_table *table)
{
	const struct value name = { .type = VALUE_TEXT,
				    .data = table->table->name,
				    .size = strlen(table->table->name) };

	literal_add(sql, &name);
}

/* Rows of the child that refer to no row, and did not before. */
static int guard_references(const struct plan *plan, struct step_sink *sink,
			    const struct target_table *child, struct err *err)
{
	const char *known = plan->options.dangling;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "WITH git_d1_bad AS (SELECT f.\"table\",f.rowid "
			     "AS r,f.parent FROM pragma_foreign_key_check(");
	add_table_text(&sql, child);
	buf_add_string(&sql, ") f");
	if (known)
		buf_add_string(&sql,
			       " WHERE NOT EXISTS(SELECT 1 FROM json_each(");
	if (buf_check(&sql, "a statement", err) == 0) {
		static const char rest[] =
			") SELECT CASE WHEN NOT EXISTS(SELECT 1 FROM "
			"git_d1_bad) THEN 1 ELSE json_extract('{}','git-d1 "
			"foreign key: '||(SELECT group_concat(\"table\"||"
			"ifnull(' row '||r,'')||' to '||parent,', ') FROM "
			"(SELECT * FROM git_d1_bad LIMIT 5))) END";
		static const char unknown[] =
			") j WHERE j.value->>0=f.\"table\" AND j.value->>1 IS "
			"f.rowid AND j.value->>2=f.parent AND "
			"j.value->>3=f.fkid)";
		struct step step = { .before = sql.data };
		struct buf after;

		buf_init(&after, MAX_SQL);
		if (known) {
			buf_add_string(&after, unknown);
			buf_add_string(&after, rest);
			step.after = after.data;
			step.json = known;
			step.size = strlen(known);
		} else {
			buf_add_string(&sql, rest);
			step.before = sql.data;
		}
		if (buf_check(&sql, "a statement", err) == 0 &&
		    buf_check(&after, "a statement", err) == 0)
			(void)!sink->take(sink, &step, err);
		buf_release(&after);
	}
	buf_release(&sql);
	return err->code;
}

/* Each table with a foreign key from or to a table that is written. */
int planguard_references(const struct plan *plan, struct step_sink *sink,
			 struct err *err)
{
	const struct target *target = plan->target;
	const struct target_reference *it;

	for (size_t i = 0; i < target->ntables; i++) {
		bool wanted = false;

		for (it = target->references; it; it = it->next)
			wanted = wanted || (it->child == &target->tables[i] &&
					    (is_in_plan(plan, it->child) ||
					     (it->parent &&
					      is_in_plan(plan, it->parent))));
		if (wanted &&
		    guard_references(plan, sink, &target->tables[i], err) < 0)
			return err->code;
	}
	return 0;
}
