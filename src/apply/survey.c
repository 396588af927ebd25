#include "config.h"

#include "apply/survey.h"

#include <stdio.h>
#include <string.h>

#include "apply/parking.h"
#include "cf/statement.h"
#include "model/literal.h"

enum { MAX_TEXT = 4096, SHOWN_CELLS = 8 };

struct survey {
	struct plan *plan;
	struct plan_entry *entry;
	enum change_op op;
	uint64_t n;
	bool park_all;
	struct cell_set moving; /* others refer to them, and act on updates */
};

/* ---- sets ---- */

bool cell_set_has(const struct cell_set *set, size_t cell)
{
	return set->bits[cell / 64] >> cell % 64 & 1;
}

void cell_set_add(struct cell_set *set, size_t cell)
{
	set->bits[cell / 64] |= (uint64_t)1 << cell % 64;
}

static bool is_same_set(const struct cell_set *a, const struct cell_set *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Notes that an update changes these cells: the number of its group. */
static size_t add_group(struct plan_entry *entry, const struct cell_set *set)
{
	struct cell_set *last;

	for (size_t i = 0; i < entry->ngroups; i++)
		if (is_same_set(&entry->groups[i], set))
			return i;
	if (entry->ngroups < PLAN_GROUPS) {
		entry->groups[entry->ngroups] = *set;
		return entry->ngroups++;
	}
	last = &entry->groups[PLAN_GROUPS - 1];
	last->bits[0] |= set->bits[0];
	last->bits[1] |= set->bits[1];
	entry->more_groups = true;
	return PLAN_GROUPS - 1;
}

/* About as many bytes as the value takes in JSON. */
static size_t json_size(const struct value *value)
{
	enum { NUMBER = 6 };

	switch (value->type) {
	case VALUE_TEXT:
		return value->size + 2;
	case VALUE_BLOB:
		return 2 * value->size + 2;
	default:
		return NUMBER;
	}
}

static void add_load(struct plan_load *load, const struct row_change *change,
		     const struct cell_set *cells, size_t ncells)
{
	load->rows++;
	for (size_t i = 0; i < ncells; i++) {
		if (!cell_set_has(cells, i))
			continue;
		if (change->old)
			load->bytes[OLD] += json_size(&change->old->cells[i]);
		if (change->new)
			load->bytes[NEW] += json_size(&change->new->cells[i]);
	}
}

/* The cells that an update changes. */
static struct cell_set changed_cells(const struct plan_entry *entry,
				     const struct row_change *change)
{
	struct cell_set changed = { { 0, 0 } };

	for (size_t i = 0; i < entry->table->ncolumns; i++)
		if (cell_set_has(&entry->written, i) &&
		    !value_equal(&change->old->cells[i],
				 &change->new->cells[i]))
			cell_set_add(&changed, i);
	return changed;
}

bool survey_is_of_group(const struct plan_entry *entry, size_t group,
			const struct row_change *change)
{
	struct cell_set changed = changed_cells(entry, change);

	if (!changed.bits[0] && !changed.bits[1])
		return false;
	if (!entry->more_groups || group + 1 < entry->ngroups)
		return is_same_set(&changed, &entry->groups[group]);
	for (size_t i = 0; i < group; i++)
		if (is_same_set(&changed, &entry->groups[i]))
			return false;
	return true;
}

/* ---- limits ---- */

void survey_add_row(struct buf *text, const struct plan_entry *entry,
		    const struct row *row)
{
	const struct changed_table *table = entry->table;
	size_t shown = table->nkey ? table->nkey : table->ncolumns;

	buf_add_format(text, "table '%s', row", table->name);
	for (size_t i = 0; i < shown && i < SHOWN_CELLS; i++) {
		size_t cell = table->nkey ? table->key[i] : i;

		buf_add_format(text, "%s%s=", i > 0 ? ", " : " ",
			       table->columns[cell]);
		literal_add(text, &row->cells[cell]);
	}
}

static int refuse(const struct survey *survey, const struct row *row,
		  const char *what, size_t size, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	survey_add_row(&text, survey->entry, row);
	err_set(err, D1_EREFUSED, "%s: %s has %zu bytes, D1 takes at most %d",
		text.data ? text.data : "", what, size, D1_MAX_VALUE);
	buf_release(&text);
	return err_hint(err, "leave the row out, or make the value smaller");
}

static int check_limits(const struct survey *survey, const struct row *row,
			struct err *err)
{
	const struct plan_entry *entry = survey->entry;
	size_t total = 0;

	for (size_t i = 0; i < entry->table->ncolumns; i++) {
		const struct value *cell = &row->cells[i];
		size_t size = cell->type >= VALUE_TEXT ? cell->size : 8;

		total += size;
		if (size > D1_MAX_VALUE && cell_set_has(&entry->written, i)) {
			char what[256];

			snprintf(what, sizeof(what), "column '%.200s'",
				 entry->table->columns[i]);
			return refuse(survey, row, what, size, err);
		}
	}
	return total > D1_MAX_VALUE ? refuse(survey, row, "it", total, err) : 0;
}

/* ---- rows ---- */

static int look_at_update(struct survey *survey,
			  const struct row_change *change, struct err *err)
{
	struct plan_entry *entry = survey->entry;
	struct cell_set changed = changed_cells(entry, change);
	bool moves = (changed.bits[0] & survey->moving.bits[0]) ||
		     (changed.bits[1] & survey->moving.bits[1]);

	if (changed.bits[0] || changed.bits[1])
		add_load(&entry->group_loads[add_group(entry, &changed)],
			 change, &changed, entry->table->ncolumns);
	entry->owner->moves = entry->owner->moves || moves;
	if (moves)
		return parking_park(survey->plan->parking, entry->number,
				    CHANGE_UPDATE, survey->n, err);
	return 0;
}

static int look_at(void *context, const struct row_change *change,
		   struct err *err)
{
	struct survey *survey = context;
	struct plan_entry *entry = survey->entry;
	uint64_t n = survey->n;

	if (survey->park_all) {
		survey->n++;
		return change->keyed
			       ? parking_park(survey->plan->parking,
					      entry->number, change->op, n, err)
			       : 0;
	}
	entry->unkeyed = entry->unkeyed || !change->keyed;
	if (change->new &&check_limits(survey, change->new, err) < 0)
		return err->code;
	if (change->op == CHANGE_UPDATE) {
		if (look_at_update(survey, change, err) < 0)
			return err->code;
	} else if (change->keyed) {
		add_load(&entry->row_load, change, &entry->written,
			 entry->table->ncolumns);
	}
	survey->n++;
	return parking_add(survey->plan->parking, entry->number, entry->table,
			   change, n, entry->owner->deletes_last, err);
}

/* The cells whose change makes a foreign key act on those that refer. */
static void find_moving(struct survey *survey, const struct plan_table *table)
{
	const struct changed_table *changed = survey->entry->table;
	const struct target_reference *it;

	for (it = survey->plan->target->references; it; it = it->next) {
		if (it->parent != table->target || it->on_update == ACTION_NONE)
			continue;
		for (size_t i = 0; i < changed->ncolumns; i++)
			if (target_names(it->to, it->ncolumns,
					 changed->columns[i]))
				cell_set_add(&survey->moving, i);
	}
}

static int survey_entry(struct plan *plan, struct plan_entry *entry,
			bool park_all, struct err *err)
{
	struct survey survey = { .plan = plan,
				 .entry = entry,
				 .park_all = park_all };

	find_moving(&survey, entry->owner);
	for (survey.op = CHANGE_INSERT; survey.op <= CHANGE_UPDATE;
	     survey.op++) {
		if (park_all && (survey.op == CHANGE_INSERT ||
				 (survey.op == CHANGE_DELETE &&
				  !entry->owner->deletes_last)))
			continue;
		survey.n = 0;
		if (changes_each(entry->changes, entry->place, survey.op,
				 look_at, &survey, err) < 0)
			return err->code;
	}
	return 0;
}

int survey_table(struct plan *plan, struct plan_table *table, struct err *err)
{
	if (parking_begin(plan->parking, table, err) < 0)
		return err->code;
	for (struct plan_entry *entry = table->entries; entry;
	     entry = entry->next)
		if (survey_entry(plan, entry, false, err) < 0)
			return err->code;
	return parking_end(plan->parking, &table->parked, err);
}

int survey_park_all(struct plan *plan, struct plan_table *table,
		    struct err *err)
{
	for (struct plan_entry *entry = table->entries; entry;
	     entry = entry->next)
		if (survey_entry(plan, entry, true, err) < 0)
			return err->code;
	return 0;
}
