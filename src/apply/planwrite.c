#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apply/packer.h"
#include "apply/parkedrows.h"
#include "apply/parking.h"
#include "apply/plan.h"
#include "apply/rowshape.h"
#include "model/literal.h"
#include "model/sql.h"
#include "util/jsonstring.h"

enum { MAX_SQL = 1 << 20, MAX_JSON = 1 << 24 };

struct writing {
	struct plan *plan;
	struct step_sink *sink;
	struct stage stage;
};

/* Rows of an entry on their way into statements. */
struct flow {
	struct writing *writing;
	const struct plan_entry *entry;
	enum change_op op;
	uint64_t n;
	bool keyed;
	bool parked; /* those that are, or those that are not */
	bool either; /* both */
	const struct cell_set *group; /* updates of these cells; NULL: all */
	bool more;		      /* and whatever is in no other group */
	struct packer packer;
};

/* ---- which rows ---- */

static bool is_same_set(const struct cell_set *a, const struct cell_set *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* True if the update belongs to the group of the flow. */
static bool is_of_group(const struct flow *flow,
			const struct row_change *change)
{
	const struct plan_entry *entry = flow->entry;
	struct cell_set changed = { { 0, 0 } };

	for (size_t i = 0; i < entry->table->ncolumns; i++)
		if (cell_set_has(&entry->written, i) &&
		    !value_equal(&change->old->cells[i],
				 &change->new->cells[i]))
			cell_set_add(&changed, i);
	if (!changed.bits[0] && !changed.bits[1])
		return false;
	if (!flow->more)
		return is_same_set(&changed, flow->group);
	for (size_t i = 0; i + 1 < entry->ngroups; i++)
		if (is_same_set(&changed, &entry->groups[i]))
			return false;
	return true;
}

static int take_row(void *context, const struct row_change *change,
		    struct err *err)
{
	struct flow *flow = context;
	const struct plan_entry *entry = flow->entry;
	uint64_t n = flow->n++;
	bool parked = false;

	if (change->keyed != flow->keyed)
		return 0;
	if (flow->group && !is_of_group(flow, change))
		return 0;
	if (!flow->either) {
		if (entry->owner->parked + entry->owner->displaced > 0 &&
		    change->keyed && flow->op != CHANGE_INSERT &&
		    parking_has(flow->writing->plan->parking, &parked,
				entry->number, flow->op, n, err) < 0)
			return err->code;
		if (parked != flow->parked)
			return 0;
	}
	return packer_add(&flow->packer, change, err);
}

/* Sends the rows that the flow describes, under the statement. */
static int send_rows(struct flow *flow, const struct rowstatement *statement,
		     bool counted, struct err *err)
{
	struct writing *writing = flow->writing;
	const struct plan_entry *entry = flow->entry;
	char guard[64];

	if (changes_count(entry->changes, entry->place, flow->op) == 0)
		return 0;
	snprintf(guard, sizeof(guard), "git-d1 guard %zu.%d", entry->number,
		 flow->op);
	flow->n = 0;
	if (packer_init(&flow->packer, writing->sink, &writing->stage,
			statement, counted ? guard : NULL, err) == 0 &&
	    changes_each(entry->changes, entry->place, flow->op, take_row, flow,
			 err) == 0)
		(void)!packer_end(&flow->packer, err);
	packer_release(&flow->packer);
	return err->code;
}

/* ---- the changes of an entry ---- */

static int insert_rows(struct writing *writing, const struct plan_entry *entry,
		       struct err *err)
{
	struct rowstatement statement;

	rowshape_insert(&statement, entry);
	for (int keyed = 0; keyed < 2; keyed++) {
		struct flow flow = { .writing = writing,
				     .entry = entry,
				     .op = CHANGE_INSERT,
				     .keyed = keyed };

		if (send_rows(&flow, &statement, true, err) < 0)
			return err->code;
	}
	return 0;
}

/* The cells of a group of updates, and those that displaced rows lose. */
static struct cell_set group_cells(const struct plan_entry *entry, size_t group,
				   bool displaced)
{
	struct cell_set set = entry->groups[group];

	if (displaced) {
		set.bits[0] |= entry->displaced.bits[0];
		set.bits[1] |= entry->displaced.bits[1];
	}
	return set;
}

static int update_rows(struct writing *writing, const struct plan_entry *entry,
		       bool parked, struct err *err)
{
	bool fires = writing->plan->options.fire_triggers;
	/* displaced rows were compared before they stepped aside */
	bool displaced = parked && entry->owner->displaced > 0;
	struct rowstatement statement;

	for (size_t i = 0; i < entry->ngroups; i++) {
		struct flow flow = { .writing = writing,
				     .entry = entry,
				     .op = CHANGE_UPDATE,
				     .keyed = true,
				     .parked = parked,
				     .group = &entry->groups[i],
				     .more = entry->more_groups &&
					     i + 1 == entry->ngroups };
		struct cell_set rest = group_cells(entry, i, displaced);
		struct cell_set part;

		while (rowshape_split(&part, &rest, entry, true)) {
			rowshape_update(&statement, entry, &part,
					!fires && !displaced,
					parked && !displaced);
			if (send_rows(&flow, &statement, !fires, err) < 0)
				return err->code;
		}
	}
	return 0;
}

static int delete_rows(struct writing *writing, const struct plan_entry *entry,
		       bool parked, struct err *err)
{
	bool displaced = parked && entry->owner->displaced > 0;
	bool counted = (parked && !displaced) ||
		       (!writing->plan->options.fire_triggers &&
			!entry->owner->loose_deletes);
	struct flow flow = { .writing = writing,
			     .entry = entry,
			     .op = CHANGE_DELETE,
			     .keyed = true,
			     .parked = parked };
	struct rowstatement statement;

	rowshape_delete(&statement, entry, counted && !displaced,
			parked && !displaced);
	if (send_rows(&flow, &statement, counted, err) < 0 || parked ||
	    !entry->unkeyed)
		return err->code;
	if (!entry->owner->target->rowid)
		return err_set(err, D1_EREFUSED,
			       "rows of table '%s' have no key to find them by",
			       entry->table->name);
	if (entry->table->ncolumns > ROWSHAPE_COLUMNS)
		return err_set(err, D1_EREFUSED,
			       "rows of table '%s' have no key and too many "
			       "columns for D1",
			       entry->table->name);
	rowshape_delete_counted(&statement, entry);
	flow.keyed = false;
	return send_rows(&flow, &statement, true, err);
}

static int park_rows(struct writing *writing, const struct plan_entry *entry,
		     const char *copied, struct err *err)
{
	struct rowstatement statement;

	rowshape_park(&statement, entry, copied);
	for (int op = CHANGE_DELETE; op <= CHANGE_UPDATE; op++) {
		struct flow flow = { .writing = writing,
				     .entry = entry,
				     .op = op,
				     .keyed = true,
				     .parked = true };

		if (send_rows(&flow, &statement, true, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- guards that come first ---- */

/* Of all rows, or of the displaced ones. */
static int guard_old_rows(struct writing *writing,
			  const struct plan_entry *entry, enum change_op op,
			  bool all, const char *guard, struct err *err)
{
	struct flow flow = { .writing = writing,
			     .entry = entry,
			     .op = op,
			     .keyed = true,
			     .parked = true,
			     .either = all };
	struct rowstatement statement;
	size_t ngroups = op == CHANGE_DELETE ? 1 : entry->ngroups;

	for (size_t i = 0; i < ngroups; i++) {
		struct cell_set rest = entry->written;
		struct cell_set part;

		if (op == CHANGE_UPDATE) {
			flow.group = &entry->groups[i];
			flow.more = entry->more_groups && i + 1 == ngroups;
			rest = group_cells(entry, i, !all);
		}
		while (rowshape_split(&part, &rest, entry, false)) {
			rowshape_missing(&statement, entry, &part, OLD, guard);
			if (send_rows(&flow, &statement, false, err) < 0)
				return err->code;
		}
	}
	return 0;
}

/* What statements cannot check while they write. */
static int guard_entry(struct writing *writing, const struct plan_entry *entry,
		       struct err *err)
{
	bool fire = writing->plan->options.fire_triggers;
	struct flow flow = { .writing = writing,
			     .entry = entry,
			     .op = CHANGE_INSERT,
			     .keyed = true };
	struct rowstatement statement;
	char guard[64];

	for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++) {
		snprintf(guard, sizeof(guard), "git-d1 guard %zu.%d",
			 entry->number, op);
		if (op == CHANGE_INSERT && entry->unenforced) {
			rowshape_present(&statement, entry, NEW, guard);
			if (send_rows(&flow, &statement, false, err) < 0)
				return err->code;
		}
		if (op == CHANGE_INSERT)
			continue;
		if (fire ||
		    (op == CHANGE_DELETE && (entry->owner->loose_deletes ||
					     rowshape_is_wide(entry)))) {
			if (guard_old_rows(writing, entry, op, true, guard,
					   err) < 0)
				return err->code;
		} else if (entry->owner->displaced > 0 &&
			   guard_old_rows(writing, entry, op, false, guard,
					  err) < 0) {
			return err->code;
		}
	}
	return 0;
}

/* Gives the rows that step aside their values for that. */
static int displace_entry(struct writing *writing,
			  const struct plan_entry *entry, struct err *err)
{
	struct rowstatement statement;

	if (entry->owner->displaced == 0)
		return 0;
	rowshape_displace(&statement, entry);
	for (int op = CHANGE_DELETE; op <= CHANGE_UPDATE; op++) {
		struct flow flow = { .writing = writing,
				     .entry = entry,
				     .op = op,
				     .keyed = true,
				     .parked = true };

		if (send_rows(&flow, &statement, true, err) < 0)
			return err->code;
	}
	return 0;
}

/* A table whose definition is no longer that which the plan was made for. */
static int guard_definition(struct writing *writing,
			    const struct plan_table *table, struct err *err)
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
		writing->sink->ascii ? jsonstring_add_ascii : jsonstring_add;
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
	if (buf_check(&json, "a definition", err) == 0 &&
	    json.len < writing->sink->most)
		(void)!writing->sink->take(writing->sink, &step, err);
	buf_release(&json);
	return err->code;
}

/* ---- triggers ---- */

static int drop_trigger(struct writing *writing, const char *name,
			struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TRIGGER IF EXISTS ");
	sql_add_name(&sql, name);
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!step_take(writing->sink, sql.data, err);
	buf_release(&sql);
	return err->code;
}

static int hold_triggers(struct writing *writing,
			 const struct plan_table *table, struct err *err)
{
	for (size_t i = 0; table->held && table->held[i]; i++)
		if (drop_trigger(writing, table->held[i]->name, err) < 0)
			return err->code;
	return 0;
}

/* They fire in the reverse of the order in which they were made: so all are
 * made again. */
static int make_triggers(struct writing *writing,
			 const struct plan_table *table, struct err *err)
{
	const struct target_trigger *it;

	if (!table->held)
		return 0;
	for (it = table->target->triggers; it; it = it->next)
		if (drop_trigger(writing, it->name, err) < 0)
			return err->code;
	for (it = table->target->triggers; it; it = it->next)
		if (step_take(writing->sink, it->sql, err) < 0)
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
static int guard_references(struct writing *writing,
			    const struct target_table *child, struct err *err)
{
	const char *known = writing->plan->options.dangling;
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
			(void)!writing->sink->take(writing->sink, &step, err);
		buf_release(&after);
	}
	buf_release(&sql);
	return err->code;
}

/* Each table with a foreign key from or to a table that is written. */
static int guard_all_references(struct writing *writing, struct err *err)
{
	const struct target *target = writing->plan->target;
	const struct target_reference *it;

	for (size_t i = 0; i < target->ntables; i++) {
		bool wanted = false;

		for (it = target->references; it; it = it->next)
			wanted = wanted ||
				 (it->child == &target->tables[i] &&
				  (is_in_plan(writing->plan, it->child) ||
				   (it->parent &&
				    is_in_plan(writing->plan, it->parent))));
		if (wanted &&
		    guard_references(writing, &target->tables[i], err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- all of it ---- */

typedef int entry_fn(struct writing *writing, const struct plan_entry *entry,
		     struct err *err);

static int each_entry(struct writing *writing, const struct plan_table *table,
		      entry_fn *use, struct err *err)
{
	for (const struct plan_entry *entry = table->entries; entry;
	     entry = entry->next)
		if (use(writing, entry, err) < 0)
			return err->code;
	return 0;
}

static int delete_in_place(struct writing *writing,
			   const struct plan_entry *entry, struct err *err)
{
	return delete_rows(writing, entry, false, err);
}

static int update_in_place(struct writing *writing,
			   const struct plan_entry *entry, struct err *err)
{
	return update_rows(writing, entry, false, err);
}

static int update_displaced(struct writing *writing,
			    const struct plan_entry *entry, struct err *err)
{
	return update_rows(writing, entry, true, err);
}

static int delete_displaced(struct writing *writing,
			    const struct plan_entry *entry, struct err *err)
{
	return delete_rows(writing, entry, true, err);
}

static int change_parked(struct writing *writing,
			 const struct plan_entry *entry, struct err *err)
{
	if (update_rows(writing, entry, true, err) < 0)
		return err->code;
	return delete_rows(writing, entry, true, err);
}

static int park_all(struct writing *writing, struct err *err)
{
	const struct plan_table *table;
	struct buf copied;

	if (parkedrows_make(writing->plan, writing->sink, err) < 0)
		return err->code;
	buf_init(&copied, MAX_SQL);
	for (table = writing->plan->first; table && !err->code;
	     table = table->next) {
		if (table->parked == 0)
			continue;
		buf_clear(&copied);
		parkedrows_add_columns(&copied, table);
		if (buf_check(&copied, "a statement", err) < 0)
			break;
		for (const struct plan_entry *entry = table->entries; entry;
		     entry = entry->next)
			if (park_rows(writing, entry, copied.data, err) < 0)
				break;
	}
	buf_release(&copied);
	return err->code ? err->code
			 : parkedrows_leave(writing->plan, writing->sink, err);
}

static int begin(struct writing *writing, struct err *err)
{
	const struct plan_table *table;

	if (step_take(writing->sink, "PRAGMA defer_foreign_keys=on", err) < 0)
		return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (guard_definition(writing, table, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (hold_triggers(writing, table, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (each_entry(writing, table, guard_entry, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (each_entry(writing, table, displace_entry, err) < 0)
			return err->code;
	return park_all(writing, err);
}

static int write_table(struct writing *writing, const struct plan_table *table,
		       struct err *err)
{
	if (parkedrows_return_waiting(table, writing->sink, err) < 0)
		return err->code;
	if (!table->deletes_last &&
	    each_entry(writing, table, delete_in_place, err) < 0)
		return err->code;
	if (each_entry(writing, table, update_in_place, err) < 0)
		return err->code;
	if (table->displaced > 0 &&
	    each_entry(writing, table, update_displaced, err) < 0)
		return err->code;
	if (table->parked > 0 &&
	    each_entry(writing, table, change_parked, err) < 0)
		return err->code;
	if (parkedrows_return_own(table, writing->sink, err) < 0)
		return err->code;
	return each_entry(writing, table, insert_rows, err);
}

static int end(struct writing *writing, struct err *err)
{
	const struct plan_table *table;

	for (table = writing->plan->last; table; table = table->previous) {
		if (table->displaced > 0 &&
		    each_entry(writing, table, delete_displaced, err) < 0)
			return err->code;
		if (table->deletes_last &&
		    each_entry(writing, table, delete_in_place, err) < 0)
			return err->code;
	}
	if (stage_drop(&writing->stage, writing->sink, err) < 0)
		return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (make_triggers(writing, table, err) < 0)
			return err->code;
	return guard_all_references(writing, err);
}

int plan_write(struct plan *plan, struct step_sink *sink, struct err *err)
{
	struct writing writing = { .plan = plan, .sink = sink };

	snprintf(writing.stage.name, sizeof(writing.stage.name),
		 "git_d1_stage_%s", plan->nonce);
	if (begin(&writing, err) < 0)
		return err->code;
	for (struct plan_table *table = plan->first; table; table = table->next)
		if (write_table(&writing, table, err) < 0)
			return err->code;
	return end(&writing, err);
}
