#include "config.h"

#include "apply/knownrows.h"

#include <inttypes.h>
#include <stdio.h>

#include "apply/parkedrows.h"
#include "apply/rowshape.h"
#include "model/sql.h"

enum { MAX_SQL = 1 << 20, MAX_NAME = 64 };

/* What becomes of a row that the changes name. */
enum fate {
	STAYS,
	STEPS_ASIDE, /* it is deleted after it has lost unique values */
	GOES,
};

/* ---- what is wanted ---- */

static bool deletes_rows(const struct plan_table *table)
{
	for (const struct plan_entry *it = table->entries; it; it = it->next)
		if (changes_count(it->changes, it->place, CHANGE_DELETE) > 0)
			return true;
	return false;
}

static bool has_unkeyed(const struct plan_table *table)
{
	for (const struct plan_entry *it = table->entries; it; it = it->next)
		if (it->unkeyed)
			return true;
	return false;
}

static bool acts(const struct target_reference *reference,
		 const struct plan_table *parent)
{
	return reference->parent == parent->target &&
	       reference->on_delete != ACTION_NONE;
}

bool known_rows_are_needed(const struct plan *plan,
			   const struct plan_table *table)
{
	const struct target_reference *it = plan->target->references;

	while (it && !acts(it, table))
		it = it->next;
	return it && deletes_rows(table) &&
	       (plan->options.fire_triggers || table->loose_deletes ||
		table->displaced > 0 || has_unkeyed(table));
}

static const struct plan_table *table_of(const struct plan *plan,
					 const struct target_table *target)
{
	const struct plan_table *table = plan->first;

	while (table && table->target != target)
		table = table->next;
	return table;
}

/* True if rows of the table may go along with rows of such a one. */
static bool may_go_along(const struct plan *plan,
			 const struct plan_table *table)
{
	const struct target_reference *it;

	for (it = plan->target->references; it; it = it->next) {
		const struct plan_table *parent;

		if (it->child != table->target || it->on_delete == ACTION_NONE)
			continue;
		parent = table_of(plan, it->parent);
		if (parent && known_rows_are_needed(plan, parent))
			return true;
	}
	return false;
}

static bool is_noted(const struct plan *plan, const struct plan_table *table)
{
	return table->entries && (known_rows_are_needed(plan, table) ||
				  may_go_along(plan, table));
}

/* ---- the rows that are named ---- */

static void write_name(char name[MAX_NAME], const struct plan *plan,
		       const struct plan_table *table)
{
	snprintf(name, MAX_NAME, "git_d1_known_%s_%zu", plan->nonce,
		 table->number);
}

static int send(struct writing *writing, struct buf *sql, struct err *err)
{
	if (buf_check(sql, "a statement", err) == 0)
		(void)!step_take(writing->sink, sql->data, err);
	buf_release(sql);
	return err->code;
}

/* "k0,k1" */
static void add_places(struct buf *sql, const struct plan_table *table)
{
	for (size_t i = 0; i < table->nkeys[0]; i++)
		buf_add_format(sql, "%sk%zu", i > 0 ? "," : "", i);
}

static int make_table(struct writing *writing, const struct plan_table *table,
		      struct err *err)
{
	char name[MAX_NAME];
	struct buf sql;

	write_name(name, writing->plan, table);
	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "CREATE TABLE %s(fate,", name);
	add_places(&sql, table);
	buf_add_string(&sql, ",PRIMARY KEY(");
	add_places(&sql, table);
	buf_add_string(&sql, ")) WITHOUT ROWID");
	return send(writing, &sql, err);
}

static int note_rows(struct row_flow *flow, enum fate fate, struct err *err)
{
	const struct plan_table *table = flow->entry->owner;
	struct rowstatement statement;
	char name[MAX_NAME];
	struct buf copied;

	write_name(name, flow->writing->plan, table);
	buf_init(&copied, MAX_SQL);
	buf_add_format(&copied, "%d", fate);
	for (size_t i = 0; i < table->nkeys[0]; i++)
		buf_add_format(&copied, ",%s", table->keys[0][i]);
	if (buf_check(&copied, "a statement", err) == 0) {
		rowshape_copy(&statement, flow->entry, flow->keyed, name,
			      copied.data);
		(void)!row_flow_send(flow, &statement, false, err);
	}
	buf_release(&copied);
	return err->code;
}

/* Parked rows are gone when those that refer to them are back. */
static int note_deletes(struct writing *writing, const struct plan_entry *entry,
			struct err *err)
{
	struct row_flow flow = { .writing = writing,
				 .entry = entry,
				 .op = CHANGE_DELETE,
				 .keyed = true };

	if (note_rows(&flow, GOES, err) < 0)
		return err->code;
	flow.parked = true;
	if (entry->owner->parked + entry->owner->displaced > 0 &&
	    note_rows(&flow, entry->owner->displaced > 0 ? STEPS_ASIDE : STAYS,
		      err) < 0)
		return err->code;
	flow.keyed = flow.parked = false;
	return entry->unkeyed && entry->owner->target->rowid
		       ? note_rows(&flow, GOES, err)
		       : 0;
}

static int note_entry(struct writing *writing, const struct plan_entry *entry,
		      struct err *err)
{
	struct row_flow flow = { .writing = writing,
				 .entry = entry,
				 .op = CHANGE_UPDATE,
				 .keyed = true,
				 .either = true };

	if (note_deletes(writing, entry, err) < 0 ||
	    note_rows(&flow, STAYS, err) < 0)
		return err->code;
	for (int op = CHANGE_DELETE; op <= CHANGE_UPDATE; op++)
		writing->plan->known +=
			changes_count(entry->changes, entry->place, op);
	return 0;
}

static int note_table(struct writing *writing, const struct plan_table *table,
		      struct err *err)
{
	if (make_table(writing, table, err) < 0)
		return err->code;
	for (const struct plan_entry *it = table->entries; it; it = it->next)
		if (note_entry(writing, it, err) < 0)
			return err->code;
	return 0;
}

/* ---- the guards ---- */

/* "a.k0=b.id AND ..." */
static void add_join(struct buf *sql, const struct plan_table *table,
		     const char *noted, const char *row)
{
	for (size_t i = 0; i < table->nkeys[0]; i++)
		buf_add_format(sql, "%s%s.%s=%s.k%zu", i > 0 ? " AND " : "",
			       row, table->keys[0][i], noted, i);
}

/* True if rows that step aside lose a value to which the reference points. */
static bool is_handed_on(const struct plan_table *parent,
			 const struct target_reference *reference)
{
	for (const struct plan_entry *it = parent->entries; it; it = it->next)
		for (size_t i = 0; i < it->table->ncolumns; i++)
			if (cell_set_has(&it->displaced, i) &&
			    target_names(reference->to, reference->ncolumns,
					 it->table->columns[i]))
				return true;
	return false;
}

static int guard_reference(struct writing *writing,
			   const struct plan_table *parent,
			   const struct target_reference *reference,
			   struct err *err)
{
	const struct plan *plan = writing->plan;
	const struct plan_table *child = table_of(plan, reference->child);
	char name[MAX_NAME];
	struct buf sql;

	write_name(name, plan, parent);
	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql,
		       "SELECT CASE WHEN NOT EXISTS(SELECT 1 FROM %s g "
		       "CROSS JOIN %s p ON ",
		       name, parent->name);
	add_join(&sql, parent, "g", "p");
	buf_add_string(&sql, " CROSS JOIN ");
	sql_add_name(&sql, reference->child->table->name);
	buf_add_string(&sql, " c ON ");
	parkedrows_add_reference(&sql, reference, "c", "p");
	buf_add_format(&sql, " WHERE g.fate>%d",
		       is_handed_on(parent, reference) ? STEPS_ASIDE : STAYS);
	if (child && is_noted(plan, child)) {
		write_name(name, plan, child);
		buf_add_format(&sql,
			       " AND NOT EXISTS(SELECT 1 FROM %s x WHERE ",
			       name);
		add_join(&sql, child, "x", "c");
		buf_add_char(&sql, ')');
	}
	buf_add_string(&sql,
		       ") THEN 1 ELSE json_extract('{}','" KNOWN_ROWS_GUARD
		       "') END");
	return send(writing, &sql, err);
}

static int guard_table(struct writing *writing, const struct plan_table *parent,
		       struct err *err)
{
	const struct target_reference *it;

	if (!known_rows_are_needed(writing->plan, parent))
		return 0;
	for (it = writing->plan->target->references; it; it = it->next)
		if (acts(it, parent) &&
		    guard_reference(writing, parent, it, err) < 0)
			return err->code;
	return 0;
}

int known_rows_guard(struct writing *writing, struct err *err)
{
	const struct plan_table *table;

	writing->plan->known = 0;
	for (table = writing->plan->first; table; table = table->next)
		if (is_noted(writing->plan, table) &&
		    note_table(writing, table, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (guard_table(writing, table, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next) {
		char name[MAX_NAME];

		write_name(name, writing->plan, table);
		if (is_noted(writing->plan, table) &&
		    step_format(writing->sink, err, "DROP TABLE %s", name) < 0)
			return err->code;
	}
	return 0;
}
