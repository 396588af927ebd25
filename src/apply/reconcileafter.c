#include "config.h"

#include "apply/reconcilerun.h"

/* The cells of the row that are merged are those. */
bool reconcile_is_like(const struct reconcile_run *run, const struct row *row,
		       const struct value *merged)
{
	if (!row || !merged)
		return !row && !merged;
	for (size_t i = 0; i < run->nmerged; i++)
		if (!value_equal(&row->cells[run->places[i]], &merged[i]))
			return false;
	return true;
}

static bool are_alike(const struct reconcile_run *run, const struct row *a,
		      const struct row *b)
{
	if (!a || !b)
		return a == b;
	for (size_t i = 0; i < run->nmerged; i++)
		if (!value_equal(&a->cells[run->places[i]],
				 &b->cells[run->places[i]]))
			return false;
	return true;
}

/* What the base has in the cell, or would have. */
static struct value base_value(const struct reconcile_run *run,
			       const struct row *base, size_t i)
{
	static const struct value null = { .type = VALUE_NULL };

	if (run->base_cells[i] < run->scan.ncolumns)
		return base->cells[run->base_cells[i]];
	return run->missing[i] ? *run->missing[i] : null;
}

/* What is in common: the cells that are alike, the others of the base. */
static const struct row *find_common(struct reconcile_run *run,
				     const struct row *const after[2],
				     const struct row *base, struct row *common)
{
	if (are_alike(run, after[OLD], after[NEW]))
		return after[OLD];
	if (!base)
		return NULL;
	for (size_t i = 0; i < run->table->ncolumns; i++)
		run->kept[i] = after[after[NEW] ? NEW : OLD]->cells[i];
	for (size_t i = 0; i < run->nmerged; i++) {
		size_t place = run->places[i];

		if (!after[OLD] || !after[NEW] ||
		    !value_equal(&after[OLD]->cells[place],
				 &after[NEW]->cells[place]))
			run->kept[place] = base_value(run, base, i);
	}
	common->cells = run->kept;
	common->ncells = run->table->ncolumns;
	return common;
}

static int add_step(struct reconcile_run *run, struct changes *list,
		    const struct row *from, const struct row *to,
		    struct err *err)
{
	struct row_change change = {
		.op = !from ? CHANGE_INSERT
		      : !to ? CHANGE_DELETE
			    : CHANGE_UPDATE,
		.keyed = true,
		.count = 1,
		.old = from,
		.new = to,
	};

	return !list || are_alike(run, from, to)
		       ? 0
		       : changes_add(list, &change, err);
}

/* The row on both sides when all is written, and in the base so far. */
int reconcile_note_row(struct reconcile_run *run, const struct row *before,
		       const struct row *const after[2], const struct row *base,
		       struct err *err)
{
	struct row common;

	if (add_step(run, run->self->old_after, before, after[OLD], err) < 0)
		return err->code;
	return add_step(run, run->self->common, before,
			find_common(run, after, base, &common), err);
}

int reconcile_note_left(struct reconcile_run *run,
			const struct row *const rows[2],
			const struct row *common, struct err *err)
{
	if (add_step(run, run->self->old_after, rows[NEW], rows[OLD], err) < 0)
		return err->code;
	return add_step(run, run->self->common, rows[NEW], common, err);
}

/* So many equal rows without a key become so many. */
static int add_count(struct changes *list, const struct row *row, uint64_t from,
		     uint64_t to, struct err *err)
{
	struct row_change change = {
		.op = from < to ? CHANGE_INSERT : CHANGE_DELETE,
		.count = from < to ? to - from : from - to,
		.before = from,
		.old = from < to ? NULL : row,
		.new = from < to ? row : NULL,
	};

	return !list || from == to ? 0 : changes_add(list, &change, err);
}

/* Without a base, those that both have are in common. */
int reconcile_note_counts(struct reconcile_run *run, const struct row *row,
			  uint64_t before, const uint64_t after[2],
			  const uint64_t *base, struct err *err)
{
	uint64_t least = after[OLD] < after[NEW] ? after[OLD] : after[NEW];
	uint64_t common = base && after[OLD] != after[NEW] ? *base : least;

	if (add_count(run->self->old_after, row, before, after[OLD], err) < 0)
		return err->code;
	return add_count(run->self->common, row, before, common, err);
}
