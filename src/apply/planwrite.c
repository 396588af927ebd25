#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apply/knownrows.h"
#include "apply/parkedrows.h"
#include "apply/plan.h"
#include "apply/planguard.h"
#include "apply/rowdigest.h"
#include "apply/rowflow.h"
#include "apply/rowshape.h"

enum { MAX_SQL = 1 << 20 };

/* ---- the changes of an entry ---- */

static int insert_rows(struct writing *writing, const struct plan_entry *entry,
		       struct err *err)
{
	struct rowstatement statement;

	rowshape_insert(&statement, entry);
	for (int keyed = 0; keyed < 2; keyed++) {
		struct row_flow flow = { .writing = writing,
					 .entry = entry,
					 .op = CHANGE_INSERT,
					 .keyed = keyed };

		if (row_flow_send(&flow, &statement, true, err) < 0)
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
	struct rowstatement statement, brief;

	for (size_t i = 0; i < entry->ngroups; i++) {
		struct row_flow flow = { .writing = writing,
					 .entry = entry,
					 .op = CHANGE_UPDATE,
					 .keyed = true,
					 .parked = parked,
					 .grouped = true,
					 .group = i };
		struct cell_set rest = group_cells(entry, i, displaced);
		struct cell_set part;

		while (rowshape_split(&part, &rest, entry, true)) {
			bool guarded = !fires && !displaced;

			rowshape_update(&statement, entry, &part, guarded,
					parked && !displaced);
			rowshape_update(&brief, entry, &part, false,
					parked && !displaced);
			if (guarded &&
			    plan_wants_digest(writing->plan,
					      &entry->group_loads[i], OLD) &&
			    rowshape_digest(&brief.digest, entry, &part, OLD,
					    err) < 0)
				return err->code;
			if (row_flow_send_digested(&flow, &statement, &brief,
						   !fires, err) < 0)
				return err->code;
		}
	}
	return 0;
}

/*
 * What the action of a foreign key would take along was deleted or changed
 * before: a row that still refers to one of the rows was not there when they
 * were read. Where that cannot be told so late, known_rows_guard() has told it.
 */
static int guard_children(struct writing *writing,
			  const struct plan_entry *entry, struct err *err)
{
	const struct target_reference *it;
	struct row_flow flow = { .writing = writing,
				 .entry = entry,
				 .op = CHANGE_DELETE,
				 .keyed = true };
	struct rowstatement statement;

	for (it = writing->plan->target->references; it; it = it->next) {
		if (it->parent != entry->owner->target ||
		    it->on_delete == ACTION_NONE)
			continue;
		rowshape_referred(&statement, entry, it, KNOWN_ROWS_GUARD);
		if (row_flow_send(&flow, &statement, false, err) < 0)
			return err->code;
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
	struct row_flow flow = { .writing = writing,
				 .entry = entry,
				 .op = CHANGE_DELETE,
				 .keyed = true,
				 .parked = parked };
	struct rowstatement statement, brief;
	struct cell_set rest = entry->written;
	struct cell_set part;

	if (!known_rows_are_needed(writing->plan, entry->owner) && !parked &&
	    guard_children(writing, entry, err) < 0)
		return err->code;
	rowshape_delete(&statement, entry, counted && !displaced,
			parked && !displaced);
	rowshape_delete(&brief, entry, false, parked && !displaced);
	/* a wide row's others are compared beforehand */
	rowshape_split(&part, &rest, entry, false);
	if (counted && !displaced &&
	    plan_wants_digest(writing->plan, &entry->row_load, OLD) &&
	    rowshape_digest(&brief.digest, entry, &part, OLD, err) < 0)
		return err->code;
	if (row_flow_send_digested(&flow, &statement, &brief, counted, err) <
		    0 ||
	    parked || !entry->unkeyed)
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
	return row_flow_send(&flow, &statement, true, err);
}

static int park_rows(struct writing *writing, const struct plan_entry *entry,
		     const char *copied, struct err *err)
{
	struct rowstatement statement;

	rowshape_copy(&statement, entry, true, entry->owner->own, copied);
	for (int op = CHANGE_DELETE; op <= CHANGE_UPDATE; op++) {
		struct row_flow flow = { .writing = writing,
					 .entry = entry,
					 .op = op,
					 .keyed = true,
					 .parked = true };

		if (row_flow_send(&flow, &statement, true, err) < 0)
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
	struct row_flow flow = { .writing = writing,
				 .entry = entry,
				 .op = op,
				 .keyed = true,
				 .parked = true,
				 .either = all };
	struct rowstatement statement, brief;
	size_t ngroups = op == CHANGE_DELETE ? 1 : entry->ngroups;

	for (size_t i = 0; i < ngroups; i++) {
		const struct plan_load *load = op == CHANGE_UPDATE
						       ? &entry->group_loads[i]
						       : &entry->row_load;
		struct cell_set rest = entry->written;
		struct cell_set part;

		if (op == CHANGE_UPDATE) {
			flow.grouped = true;
			flow.group = i;
			rest = group_cells(entry, i, !all);
		}
		while (rowshape_split(&part, &rest, entry, false)) {
			struct row_digest *digest = NULL;

			if (plan_wants_digest(writing->plan, load, OLD) &&
			    rowshape_digest(&digest, entry, &part, OLD, err) <
				    0)
				return err->code;
			rowshape_missing(&statement, entry, &part, OLD, guard);
			rowshape_same(&brief, entry, digest, OLD, guard);
			if (row_flow_send_digested(&flow, &statement, &brief,
						   false, err) < 0)
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
	struct row_flow flow = { .writing = writing,
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
			if (row_flow_send(&flow, &statement, false, err) < 0)
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
		struct row_flow flow = { .writing = writing,
					 .entry = entry,
					 .op = op,
					 .keyed = true,
					 .parked = true };

		if (row_flow_send(&flow, &statement, true, err) < 0)
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

typedef int change_fn(struct writing *writing, const struct plan_entry *entry,
		      bool parked, struct err *err);

/* The rows in their place, or those that have stepped aside. */
static int each_change(struct writing *writing, const struct plan_table *table,
		       change_fn *change, bool parked, struct err *err)
{
	for (const struct plan_entry *entry = table->entries; entry;
	     entry = entry->next)
		if (change(writing, entry, parked, err) < 0)
			return err->code;
	return 0;
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
		if (planguard_definition(writing->sink, table, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (planguard_hold_triggers(writing->sink, table, err) < 0)
			return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (each_entry(writing, table, guard_entry, err) < 0)
			return err->code;
	if (known_rows_guard(writing, err) < 0)
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
	    each_change(writing, table, delete_rows, false, err) < 0)
		return err->code;
	if (each_change(writing, table, update_rows, false, err) < 0)
		return err->code;
	if (table->displaced > 0 &&
	    each_change(writing, table, update_rows, true, err) < 0)
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
		    each_change(writing, table, delete_rows, true, err) < 0)
			return err->code;
		if (table->deletes_last &&
		    each_change(writing, table, delete_rows, false, err) < 0)
			return err->code;
	}
	writing->plan->staged = writing->stage.made;
	if (stage_drop(&writing->stage, writing->sink, err) < 0)
		return err->code;
	for (table = writing->plan->first; table; table = table->next)
		if (planguard_make_triggers(writing->sink, table, err) < 0)
			return err->code;
	return planguard_references(writing->plan, writing->sink, err);
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
