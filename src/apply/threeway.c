#include "config.h"

#include "apply/threeway.h"

#include <stdlib.h>
#include <string.h>

#include "apply/defaults.h"
#include "diff/merge.h"
#include "model/masktext.h"
#include "util/glob.h"

/* One side of the table: what is read of it. */
struct threeway_side {
	struct source *source;
	struct scan scan;
	const char **names; /* of the cells */
};

/* One table under way. */
struct run {
	const struct threeway *threeway;
	const char *name;
	struct arena arena;
	struct table_pair pair; /* OLD is ours, NEW theirs */
	struct threeway_side sides[MERGE_SIDES];
	bool has_base;
	bool keyed; /* the rows of this pass */
	/* what the base lacks, by place in the result; NULL: it does not */
	const struct value **missing;
	const char **columns; /* of the result; those that are masked follow */
	size_t ncolumns;
	size_t nmasked;
	size_t first_masked; /* also if these are columns like others */
	struct changed_table changed;
	struct value *old_cells;
	struct value *new_cells;
	bool *conflicts; /* of each cell */
	struct threeway_counts *counts;
};

/* ---- which columns ---- */

/* A glob that matches this name alone. */
static const char *exactly(struct arena *arena, const char *name)
{
	char *glob = arena_alloc(arena, 2 * strlen(name) + 1);
	char *end = glob;

	for (; glob && *name; name++) {
		if (strchr("*?[\\", *name))
			*end++ = '\\';
		*end++ = *name;
	}
	return glob;
}

/* True if inserts alone write the column. */
static bool is_masked(const struct column *column,
		      const struct pair_rules *rules)
{
	return (column->masked ||
		pair_rules_match(rules->mask, column->name)) &&
	       !pair_rules_match(rules->ignore, column->name);
}

static size_t count_globs(const char *const *globs)
{
	size_t count = 0;

	while (globs && globs[count])
		count++;
	return count;
}

static bool is_in_key(const struct table *table, size_t column)
{
	for (size_t k = 0; k < table->nkeys; k++)
		for (size_t i = 0; i < table->keys[k].count; i++)
			if (table->keys[k].columns[i] == column)
				return true;
	return false;
}

int threeway_rules(struct pair_rules *compared, const struct pair_rules *rules,
		   const struct table *theirs, struct arena *arena,
		   struct err *err)
{
	size_t nignored = count_globs(rules->ignore);
	size_t nmasked = count_globs(rules->mask);
	const char **ignore =
		arena_array(arena, nignored + nmasked + theirs->ncolumns + 1,
			    sizeof(*ignore));
	size_t count = 0;

	if (!ignore)
		return err_set_nomem(err);
	for (size_t i = 0; i < nignored; i++)
		ignore[count++] = rules->ignore[i];
	for (size_t i = 0; i < nmasked; i++)
		ignore[count++] = rules->mask[i];
	for (size_t i = 0; i < theirs->ncolumns; i++) {
		const struct column *column = &theirs->columns[i];

		if (!column->masked &&
		    (!column->generated || is_in_key(theirs, i)))
			continue;
		ignore[count] = exactly(arena, column->name);
		if (!ignore[count++])
			return err_set_nomem(err);
	}
	*compared = *rules;
	compared->ignore = ignore;
	compared->mask = NULL;
	return 0;
}

/* What the snapshot holds and the database has no place for. */
static int check_columns(const struct run *run, struct err *err)
{
	const struct pair_side *theirs = &run->pair.sides[NEW];
	const char *name;

	if (theirs->nonly == 0)
		return 0;
	name = pair_column(&run->pair, NEW, theirs->only[0])->name;
	err_set(err, D1_EREFUSED, "table '%s' has no column '%s' in %s",
		run->name, name, run->threeway->labels[OLD]);
	return err_hint(err,
			"the schema of %s is another one: --force makes "
			"the database anew",
			run->threeway->labels[NEW]);
}

static int pair_up(struct run *run, const struct pair_rules *rules,
		   struct err *err)
{
	const struct threeway *threeway = run->threeway;
	const struct table *ours =
		schema_table(threeway->ours->schema, run->name);
	const struct table *theirs =
		schema_table(threeway->theirs->schema, run->name);
	struct pair_rules compared;

	if (threeway_rules(&compared, rules, theirs, &run->arena, err) < 0 ||
	    pair_tables(&run->pair, ours, theirs, &compared, &run->arena, err) <
		    0)
		return err->code;
	if (run->pair.reason) {
		err_set(err, D1_ERROR, "table '%s' cannot be compared: %s",
			run->name, run->pair.reason);
		if (run->pair.remedy)
			err_hint(err, "%s", run->pair.remedy);
		return err->code;
	}
	return check_columns(run, err);
}

/* The columns of the result, and after them those that only inserts write. */
static int choose_columns(struct run *run, const struct pair_rules *rules,
			  struct err *err)
{
	const struct table_pair *pair = &run->pair;
	const struct table *ours = pair->sides[OLD].table;
	const struct table *theirs = pair->sides[NEW].table;
	size_t most = pair->ncommon + theirs->ncolumns + 1;
	enum column_use *uses = arena_array(&run->arena, most, sizeof(*uses));
	size_t *key = arena_array(&run->arena, pair->nkey + 1, sizeof(*key));

	run->columns = arena_array(&run->arena, most, sizeof(*run->columns));
	run->old_cells =
		arena_array(&run->arena, most, sizeof(*run->old_cells));
	run->new_cells =
		arena_array(&run->arena, most, sizeof(*run->new_cells));
	run->missing = arena_array(&run->arena, most, sizeof(*run->missing));
	run->conflicts =
		arena_array(&run->arena, most, sizeof(*run->conflicts));
	if (!uses || !key || !run->columns || !run->old_cells ||
	    !run->new_cells || !run->missing || !run->conflicts)
		return err_set_nomem(err);
	for (size_t i = 0; i < pair->ncommon; i++) {
		const struct column *column =
			pair_column(pair, OLD, pair->sides[OLD].common[i]);

		run->columns[run->ncolumns] = column->name;
		if (column->generated)
			uses[run->ncolumns] = COLUMN_GENERATED;
		for (size_t k = 0; k < pair->nkey; k++)
			if (pair->sides[OLD].key[k] ==
			    pair->sides[OLD].common[i])
				key[k] = run->ncolumns;
		run->ncolumns++;
	}
	run->first_masked = run->ncolumns;
	for (size_t i = 0; i < theirs->ncolumns; i++) {
		const char *name = theirs->columns[i].name;

		if (!is_masked(&theirs->columns[i], rules) ||
		    table_column(ours, name) == ours->ncolumns)
			continue;
		uses[run->first_masked + run->nmasked] =
			run->threeway->masks_win ? COLUMN_WRITTEN
						 : COLUMN_INSERTED;
		run->columns[run->first_masked + run->nmasked++] = name;
	}
	if (run->threeway->masks_win) {
		run->ncolumns += run->nmasked;
		run->nmasked = 0;
	}
	run->changed = (struct changed_table){ .name = run->name,
					       .columns = run->columns,
					       .ncolumns = run->ncolumns +
							   run->nmasked,
					       .uses = uses,
					       .key = key,
					       .collations = pair->collations,
					       .nkey = pair->nkey };
	run->changed.label = run->changed.ncolumns;
	return 0;
}

/* ---- what is read ---- */

/*
 * Fills the scan of a side for the columns of the result that it has. False
 * if it lacks one of the key.
 */
static int fill_side(struct run *run, struct threeway_side *side,
		     const struct table *table, size_t ncolumns, bool *usable,
		     struct err *err)
{
	size_t *columns =
		arena_array(&run->arena, ncolumns + 1, sizeof(*columns));
	size_t *key =
		arena_array(&run->arena, run->pair.nkey + 1, sizeof(*key));
	size_t *identity =
		arena_array(&run->arena, ncolumns + 1, sizeof(*identity));
	struct scan *scan = &side->scan;
	size_t nkey = 0;

	side->names =
		arena_array(&run->arena, ncolumns + 1, sizeof(*side->names));
	if (!columns || !key || !identity || !side->names)
		return err_set_nomem(err);
	for (size_t i = 0; i < ncolumns; i++) {
		size_t place = table_column(table, run->columns[i]);

		if (place == table->ncolumns ||
		    table->columns[place].unreadable)
			continue;
		for (size_t k = 0; k < run->pair.nkey; k++)
			if (run->changed.key[k] == i) {
				key[k] = scan->ncolumns;
				nkey++;
			}
		if (i < run->ncolumns)
			identity[scan->nidentity++] = scan->ncolumns;
		columns[scan->ncolumns] = place;
		side->names[scan->ncolumns++] = run->columns[i];
	}
	scan->table = table;
	scan->columns = columns;
	scan->key = key;
	scan->collations = run->pair.collations;
	scan->nkey = run->pair.nkey;
	scan->identity = identity;
	*usable = nkey == run->pair.nkey;
	return 0;
}

static int take_default(void *context, const char *column,
			const struct value *value, struct err *err)
{
	struct run *run = context;
	const struct table *base = run->sides[MERGE_BASE].scan.table;

	(void)err;
	for (size_t i = 0; i < run->ncolumns; i++)
		if (name_equal(run->columns[i], column) &&
		    table_column(base, column) == base->ncolumns)
			run->missing[i] = value;
	return 0;
}

static int fill_sides(struct run *run, struct err *err)
{
	const struct threeway *threeway = run->threeway;
	struct threeway_side *sides = run->sides;
	const struct table *base =
		threeway->base && !threeway->theirs_win
			? schema_table(threeway->base->schema, run->name)
			: NULL;
	bool usable;

	sides[MERGE_OURS].source = threeway->ours;
	sides[MERGE_THEIRS].source = threeway->theirs;
	sides[MERGE_BASE].source = threeway->base;
	if (fill_side(run, &sides[MERGE_OURS], run->pair.sides[OLD].table,
		      run->ncolumns, &usable, err) < 0 ||
	    fill_side(run, &sides[MERGE_THEIRS], run->pair.sides[NEW].table,
		      run->ncolumns + run->nmasked, &usable, err) < 0)
		return err->code;
	if (!base)
		return 0;
	if (fill_side(run, &sides[MERGE_BASE], base, run->ncolumns,
		      &run->has_base, err) < 0 ||
	    !run->has_base)
		return err->code;
	/* what a row of the base has in columns that it lacks */
	return source_defaults(threeway->ours, run->name, &run->arena,
			       take_default, run, err);
}

/* ---- what becomes of a row ---- */

static const struct value *cells_of(const struct merged_row *row,
				    enum merge_side side)
{
	return row->versions[side].cells;
}

/* The row in the columns of the changed table; NULL: there is none. */
static const struct row *widen(struct row *row, const struct run *run,
			       struct value *cells, const struct value *result,
			       const struct row *theirs)
{
	static const struct value null = { .type = VALUE_NULL };

	if (!result)
		return NULL;
	for (size_t i = 0; i < run->ncolumns; i++)
		cells[i] = result[i];
	for (size_t i = run->ncolumns; i < run->changed.ncolumns; i++)
		cells[i] = theirs ? theirs->cells[i] : null;
	row->cells = cells;
	row->ncells = run->changed.ncolumns;
	return row;
}

/* Of masks only their placeholders are written. */
static void shorten_masks(struct run *run)
{
	for (size_t i = run->first_masked; i < run->changed.ncolumns; i++)
		if (mask_is_mask(&run->new_cells[i]))
			run->new_cells[i].size = MASK_PLACEHOLDER_SIZE;
}

static int tell(struct run *run, enum threeway_trouble trouble,
		const struct merged_row *row, struct err *err)
{
	const struct threeway *threeway = run->threeway;
	struct row ours, theirs;
	struct threeway_row told = {
		.trouble = trouble,
		.conflict = {
			.table = &run->changed,
			.keyed = run->keyed,
			.rows = { widen(&ours, run, run->old_cells,
					cells_of(row, MERGE_OURS), NULL),
				  widen(&theirs, run, run->new_cells,
					cells_of(row, MERGE_THEIRS), NULL) },
		},
	};

	run->counts->trouble++;
	if (run->keyed) {
		for (size_t i = 0; i < run->ncolumns; i++)
			run->conflicts[i] = row->conflicts[i];
		told.conflict.columns = run->conflicts;
	}
	return threeway->trouble
		       ? threeway->trouble(threeway->context, &told, err)
		       : 0;
}

static int add_keyed(struct run *run, const struct merged_row *row,
		     const struct value *wanted, struct err *err)
{
	struct row old, new;
	struct row_change change = { .keyed = true, .count = 1 };
	const struct row *ours = row->rows[MERGE_OURS];

	change.old = widen(&old, run, run->old_cells, ours ? ours->cells : NULL,
			   NULL);
	change.new = widen(&new, run, run->new_cells, wanted,
			   row->rows[MERGE_THEIRS]);
	if (!change.old && !change.new)
		return 0;
	if (change.new)
		shorten_masks(run);
	change.op = !change.old	  ? CHANGE_INSERT
		    : !change.new ? CHANGE_DELETE
				  : CHANGE_UPDATE;
	return changes_add(run->threeway->changes, &change, err);
}

/* So many equal rows more, or fewer. */
static int add_unkeyed(struct run *run, const struct merged_row *row,
		       uint64_t wanted, struct err *err)
{
	uint64_t ours = row->counts[MERGE_OURS];
	const struct value *cells = cells_of(row, MERGE_OURS);
	struct row old, new;
	struct row_change change = { .keyed = false, .before = ours };

	if (!cells)
		cells = cells_of(row, MERGE_THEIRS);
	if (ours == wanted)
		return 0;
	if (ours > wanted) {
		change.op = CHANGE_DELETE;
		change.count = ours - wanted;
		change.old = widen(&old, run, run->old_cells, cells, NULL);
	} else {
		change.op = CHANGE_INSERT;
		change.count = wanted - ours;
		change.new = widen(&new, run, run->new_cells, cells, NULL);
		shorten_masks(run);
	}
	return changes_add(run->threeway->changes, &change, err);
}

/* True if both sides hold the row alike. */
static bool is_alike(const struct run *run, const struct merged_row *row)
{
	const struct row *ours = row->rows[MERGE_OURS];
	const struct row *theirs = row->rows[MERGE_THEIRS];

	if (!run->keyed)
		return row->counts[MERGE_OURS] == row->counts[MERGE_THEIRS];
	if (!ours || !theirs)
		return ours == theirs;
	for (size_t i = 0; i < run->ncolumns; i++)
		if (!value_equal(&ours->cells[i], &theirs->cells[i]))
			return false;
	return true;
}

static int settle_without_base(struct run *run, const struct merged_row *row,
			       struct err *err)
{
	const struct row *theirs = row->rows[MERGE_THEIRS];

	if (is_alike(run, row))
		return 0;
	if (!run->threeway->theirs_win)
		return tell(run, THREEWAY_DIFFERS, row, err);
	if (run->keyed)
		return add_keyed(run, row, theirs ? theirs->cells : NULL, err);
	return add_unkeyed(run, row, row->counts[MERGE_THEIRS], err);
}

static int settle(void *context, const struct merged_row *row, struct err *err)
{
	struct run *run = context;

	if (!run->has_base)
		return settle_without_base(run, row, err);
	switch (row->outcome) {
	case MERGE_SAME:
		return 0;
	case MERGE_TAKE_OURS:
		run->counts->kept++;
		return 0;
	case MERGE_COMBINED:
		run->counts->kept++;
		break;
	case MERGE_TAKE_THEIRS:
		break;
	case MERGE_CONFLICT:
		return tell(run, THREEWAY_CONFLICT, row, err);
	}
	if (run->keyed)
		return add_keyed(run, row, row->result.cells, err);
	return add_unkeyed(run, row, row->count, err);
}

/* ---- merging ---- */

static const struct value *missing_cell(void *context, const char *column)
{
	const struct run *run = context;

	for (size_t i = 0; i < run->ncolumns; i++)
		if (name_equal(run->columns[i], column))
			return run->missing[i];
	return NULL;
}

static int open_side(struct run *run, enum merge_side place,
		     struct merge_input *input, struct err *err)
{
	struct threeway_side *side = &run->sides[place];

	side->scan.rows = run->keyed ? SCAN_KEYED : SCAN_UNKEYED;
	side->scan.nullable = true;
	if (place != MERGE_BASE)
		input->label =
			run->threeway->labels[place == MERGE_OURS ? OLD : NEW];
	input->columns = side->names;
	input->ncolumns = side->scan.ncolumns;
	if (place == MERGE_BASE) {
		input->missing = missing_cell;
		input->context = run;
		if (!run->has_base)
			return 0;
	}
	return source_scan(side->source, &input->cursor, &side->scan, err);
}

static int merge_pass(struct run *run, struct err *err)
{
	const char **key =
		arena_array(&run->arena, run->pair.nkey + 1, sizeof(*key));
	struct merge merge = { .columns = run->columns,
			       .ncolumns = run->ncolumns,
			       .name = run->name };
	struct merge_result result;

	if (!key)
		return err_set_nomem(err);
	if (run->keyed) {
		for (size_t i = 0; i < run->pair.nkey; i++)
			key[i] = run->columns[run->changed.key[i]];
		merge.key = key;
		merge.nkey = run->pair.nkey;
		merge.collations = run->pair.collations;
	}
	for (int side = 0; side < MERGE_SIDES; side++)
		if (open_side(run, (enum merge_side)side, &merge.inputs[side],
			      err) < 0)
			goto out;
	(void)!merge_rows(&merge, settle, run, &result, err);
out:
	for (int side = 0; side < MERGE_SIDES; side++)
		cursor_close(merge.inputs[side].cursor);
	return err->code;
}

/* Rows without a key are told apart by all that is compared. */
static int merge_unkeyed(struct run *run, struct err *err)
{
	run->keyed = false;
	if (run->has_base &&
	    run->sides[MERGE_BASE].scan.ncolumns < run->ncolumns)
		run->has_base = false;
	return merge_pass(run, err);
}

int threeway_table(const struct threeway *threeway, const char *table,
		   const struct pair_rules *rules,
		   struct threeway_counts *counts, struct err *err)
{
	struct run run = { .threeway = threeway,
			   .name = table,
			   .counts = counts };

	memset(counts, 0, sizeof(*counts));
	if (pair_up(&run, rules, err) < 0 ||
	    choose_columns(&run, rules, err) < 0 || fill_sides(&run, err) < 0 ||
	    changes_begin_table(threeway->changes, &run.changed, err) < 0)
		goto out;
	if (run.pair.nkey > 0) {
		run.keyed = true;
		if (merge_pass(&run, err) < 0)
			goto out;
	}
	if (run.pair.nkey == 0 || run.pair.sides[OLD].nullable ||
	    run.pair.sides[NEW].nullable)
		(void)!merge_unkeyed(&run, err);
out:
	arena_release(&run.arena);
	return err->code;
}
