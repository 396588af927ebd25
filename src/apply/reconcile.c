#include "config.h"

#include "apply/reconcile.h"

#include <string.h>

#include "apply/defaults.h"
#include "diff/merge.h"
#include "util/glob.h"

/* One table of the differences under way. */
struct run {
	struct reconciliation *self;
	size_t place; /* among the tables of the differences */
	const struct changed_table *table;
	struct arena arena;
	/* ---- with a base ---- */
	struct scan scan;    /* of the base */
	const char **names;  /* of its cells */
	const char **merged; /* columns that are merged */
	size_t *places;	     /* of these, among the table's */
	size_t nmerged;
	const struct value **missing; /* what the base lacks, by place */
	bool keyed;		      /* the rows of this pass */
	struct changes_rows *rows[2]; /* of the differences */
	size_t *base_cells; /* of each merged column, in a row of the base */
	struct value *cells[2]; /* of the rows as they are to be */
	struct value *kept;	/* of a row that the base is to have */
	bool *conflicts;	/* of each cell of the table */
};

/* ---- what is written ---- */

static bool is_target(const struct run *run, int side)
{
	return run->self->writes[side] != NULL;
}

/* A row of the other side, or its absence, becomes what this side holds. */
static int add_write(struct run *run, int side, struct row_change *change,
		     struct err *err)
{
	change->op = !change->old   ? CHANGE_INSERT
		     : !change->new ? CHANGE_DELETE
				    : CHANGE_UPDATE;
	return changes_add(run->self->writes[side], change, err);
}

static int tell_conflict(struct run *run, const struct row *old_row,
			 const struct row *new_row, const bool *columns,
			 struct err *err)
{
	const struct row_conflict conflict = {
		.table = run->table,
		.keyed = run->keyed,
		.rows = { old_row, new_row },
		.columns = columns,
	};

	run->self->counts.conflicts++;
	return run->self->conflict(run->self->context, &conflict, err);
}

/* ---- what is the same afterwards ---- */

/* The cells of the row that are merged are those. */
static bool is_like(const struct run *run, const struct row *row,
		    const struct value *merged)
{
	if (!row || !merged)
		return !row && !merged;
	for (size_t i = 0; i < run->nmerged; i++)
		if (!value_equal(&row->cells[run->places[i]], &merged[i]))
			return false;
	return true;
}

static bool are_alike(const struct run *run, const struct row *a,
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
static struct value base_value(const struct run *run, const struct row *base,
			       size_t i)
{
	static const struct value null = { .type = VALUE_NULL };

	if (run->base_cells[i] < run->scan.ncolumns)
		return base->cells[run->base_cells[i]];
	return run->missing[i] ? *run->missing[i] : null;
}

/* What is in common: the cells that are alike, the others of the base. */
static const struct row *find_common(struct run *run,
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

static int add_step(struct run *run, struct changes *list,
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
static int note_after(struct run *run, const struct row *before,
		      const struct row *const after[2], const struct row *base,
		      struct err *err)
{
	struct row common;

	if (add_step(run, run->self->old_after, before, after[OLD], err) < 0)
		return err->code;
	return add_step(run, run->self->common, before,
			find_common(run, after, base, &common), err);
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
static int note_counts(struct run *run, const struct row *row, uint64_t before,
		       const uint64_t after[2], const uint64_t *base,
		       struct err *err)
{
	uint64_t least = after[OLD] < after[NEW] ? after[OLD] : after[NEW];
	uint64_t common = base && after[OLD] != after[NEW] ? *base : least;

	if (add_count(run->self->old_after, row, before, after[OLD], err) < 0)
		return err->code;
	return add_count(run->self->common, row, before, common, err);
}

/* ---- without a base ---- */

static void count_left(struct run *run, const struct row_change *difference)
{
	struct reconcile_counts *counts = &run->self->counts;

	switch (difference->bucket) {
	case BUCKET_OLD_ONLY:
		counts->only[OLD] += difference->count;
		break;
	case BUCKET_NEW_ONLY:
		counts->only[NEW] += difference->count;
		break;
	case BUCKET_OLD_NEWER:
		counts->newer[OLD]++;
		break;
	case BUCKET_NEW_NEWER:
		counts->newer[NEW]++;
		break;
	case BUCKET_CONTENT_DIFFERS:
	case BUCKET_IDENTICAL:
	case BUCKET_COUNT:
		counts->different++;
		break;
	}
}

/* The difference, as what is to be written to a side. */
static int write_difference(struct run *run, int side,
			    const struct row_change *difference,
			    struct err *err)
{
	struct row_change change = *difference;

	if (side == NEW) {
		change.old = difference->new;
		change.new = difference->old;
		if (!change.keyed)
			change.before = difference->op == CHANGE_INSERT
						? change.before + change.count
						: change.before - change.count;
	}
	return add_write(run, side, &change, err);
}

/* `written` is the side that gets what the other has; -1: none does. */
static int note_difference(struct run *run, const struct row_change *difference,
			   int written, struct err *err)
{
	const struct row *after[2] = { difference->old, difference->new };
	bool inserts = difference->op == CHANGE_INSERT;
	uint64_t counts[2] = { difference->before,
			       inserts ? difference->before + difference->count
				       : difference->before -
						 difference->count };
	uint64_t before = counts[NEW];

	if (written >= 0) {
		after[written] = after[!written];
		counts[written] = counts[!written];
	}
	if (difference->keyed)
		return note_after(run, difference->new, after, NULL, err);
	return note_counts(run, inserts ? difference->new : difference->old,
			   before, counts, NULL, err);
}

static int settle_difference(void *context, const struct row_change *difference,
			     struct err *err)
{
	struct run *run = context;
	const struct reconciliation *self = run->self;
	bool is_conflict = false;

	if (difference->keyed != run->keyed)
		return 0;
	for (int side = OLD; side <= NEW; side++) {
		enum policy_answer answer;

		if (!is_target(run, side))
			continue;
		answer = policy_decide(self->policies[side], difference->bucket,
				       !side, self->deletes && !self->slice);
		if (answer == POLICY_WRITE)
			return write_difference(run, side, difference, err) < 0
				       ? err->code
				       : note_difference(run, difference, side,
							 err);
		is_conflict = is_conflict || answer == POLICY_CONFLICT;
	}
	if (is_conflict)
		return tell_conflict(run, difference->old, difference->new,
				     NULL, err);
	count_left(run, difference);
	return note_difference(run, difference, -1, err);
}

/* The differences of this pass alone. */
static int settle_without_base(struct run *run, struct err *err)
{
	return changes_each_row(run->self->differences, run->place,
				settle_difference, run, err);
}

/* ---- with a base ---- */

/* The row as it is to be, with all cells; what is not merged is of `rest`. */
static void widen(const struct run *run, struct row *row, struct value *cells,
		  const struct value *merged, const struct row *rest)
{
	for (size_t i = 0; i < run->table->ncolumns; i++)
		cells[i] = rest->cells[i];
	for (size_t i = 0; i < run->nmerged; i++)
		cells[run->places[i]] = merged[i];
	row->cells = cells;
	row->ncells = run->table->ncolumns;
}

/* Makes the row of a side what was merged; *after is what it is then. */
static int settle_side(struct run *run, int side,
		       const struct row *const rows[2],
		       const struct value *merged, struct row *row,
		       const struct row **after, struct err *err)
{
	struct row_change change = { .keyed = true,
				     .count = 1,
				     .old = rows[side] };

	*after = rows[side];
	if (is_like(run, rows[side], merged))
		return 0;
	if (!is_target(run, side) || (!merged && run->self->slice)) {
		run->self->counts.newer[!side]++;
		return 0;
	}
	if (merged) {
		widen(run, row, run->cells[side], merged,
		      rows[side] ? rows[side] : rows[!side]);
		change.new = row;
	}
	*after = change.new;
	return add_write(run, side, &change, err);
}

/* Which cells of the table are in conflict; NULL: the row as a whole. */
static const bool *conflicting_cells(struct run *run,
				     const struct merged_row *row)
{
	if (!row->rows[MERGE_OURS] || !row->rows[MERGE_THEIRS])
		return NULL;
	memset(run->conflicts, 0, run->table->ncolumns);
	for (size_t i = 0; i < run->nmerged; i++)
		run->conflicts[run->places[i]] = row->conflicts[i];
	return run->conflicts;
}

/* True if both sides changed different cells, and the time of the change. */
static bool is_only_time(const struct run *run, const struct merged_row *row)
{
	const char *timestamp = run->table->timestamp;

	for (size_t i = 0; timestamp && i < run->nmerged; i++)
		if (row->conflicts[i] && !name_equal(run->merged[i], timestamp))
			return false;
	return timestamp != NULL;
}

/* Which side a row in conflict is decided for; -1: neither. */
static int find_winner(const struct run *run, const struct merged_row *row)
{
	int target = is_target(run, OLD) ? OLD : NEW;
	enum policy policy = run->self->policies[target];
	enum bucket bucket = run->rows[OLD]->bucket;

	if (!row->rows[MERGE_OURS])
		bucket = BUCKET_NEW_ONLY;
	else if (!row->rows[MERGE_THEIRS])
		bucket = BUCKET_OLD_ONLY;
	else if (is_only_time(run, row))
		policy = POLICY_NEWER_WINS;
	return policy_winner(policy, bucket, !target);
}

/* OLD is what the merge calls ours. */
static int settle_keyed(struct run *run, const struct merged_row *row,
			struct err *err)
{
	const struct row *const rows[2] = { row->rows[MERGE_OURS],
					    row->rows[MERGE_THEIRS] };
	const struct value *merged = row->result.cells;
	const struct row *after[2];
	struct row written[2];

	if (!rows[OLD] && !rows[NEW])
		return 0; /* no difference */
	if (row->outcome == MERGE_CONFLICT) {
		int winner = find_winner(run, row);

		if (winner < 0)
			return tell_conflict(run, rows[OLD], rows[NEW],
					     conflicting_cells(run, row), err);
		merged =
			row->versions[winner == OLD ? MERGE_OURS : MERGE_THEIRS]
				.cells;
	}
	for (int side = OLD; side <= NEW; side++)
		if (settle_side(run, side, rows, merged, &written[side],
				&after[side], err) < 0)
			return err->code;
	return note_after(run, rows[NEW], after, row->rows[MERGE_BASE], err);
}

/* So many equal rows more, or fewer; *after is how many there are then. */
static int settle_count(struct run *run, int side, const struct row *cells,
			uint64_t found, uint64_t wanted, uint64_t *after,
			struct err *err)
{
	struct row_change change = { .keyed = false, .before = found };

	*after = found;
	if (found == wanted)
		return 0;
	change.count = found > wanted ? found - wanted : wanted - found;
	if (!is_target(run, side) || (found > wanted && run->self->slice)) {
		run->self->counts.newer[!side] += change.count;
		return 0;
	}
	*after = wanted;
	change.old = found > wanted ? cells : NULL;
	change.new = found > wanted ? NULL : cells;
	return add_write(run, side, &change, err);
}

static int settle_unkeyed(struct run *run, const struct merged_row *row,
			  struct err *err)
{
	const struct value *merged = row->versions[MERGE_OURS].cells;
	const uint64_t found[2] = { row->counts[MERGE_OURS],
				    row->counts[MERGE_THEIRS] };
	struct row cells = { .cells = run->cells[OLD],
			     .ncells = run->table->ncolumns };
	uint64_t after[2];

	if (!merged)
		merged = row->versions[MERGE_THEIRS].cells;
	if (!merged)
		return 0; /* no difference */
	memset(run->cells[OLD], 0, cells.ncells * sizeof(*cells.cells));
	for (size_t i = 0; i < run->nmerged; i++)
		run->cells[OLD][run->places[i]] = merged[i];
	for (int side = OLD; side <= NEW; side++)
		if (settle_count(run, side, &cells, found[side], row->count,
				 &after[side], err) < 0)
			return err->code;
	return note_counts(run, &cells, found[NEW], after,
			   &row->counts[MERGE_BASE], err);
}

static int settle_merged(void *context, const struct merged_row *row,
			 struct err *err)
{
	struct run *run = context;

	return run->keyed ? settle_keyed(run, row, err)
			  : settle_unkeyed(run, row, err);
}

/* ---- what is read of the base ---- */

static bool is_key(const struct changed_table *table, size_t cell)
{
	for (size_t i = 0; i < table->nkey; i++)
		if (table->key[i] == cell)
			return true;
	return false;
}

/* Masked columns are no part of it, nor what follows from others. */
static bool is_merged(const struct changed_table *table, size_t cell)
{
	return !table->uses || table->uses[cell] == COLUMN_WRITTEN ||
	       is_key(table, cell);
}

static int choose_columns(struct run *run, struct err *err)
{
	const struct changed_table *table = run->table;
	size_t most = table->ncolumns + 1;

	run->merged = arena_array(&run->arena, most, sizeof(*run->merged));
	run->places = arena_array(&run->arena, most, sizeof(*run->places));
	run->missing = arena_array(&run->arena, most, sizeof(*run->missing));
	run->names = arena_array(&run->arena, most, sizeof(*run->names));
	run->kept = arena_array(&run->arena, most, sizeof(*run->kept));
	run->base_cells =
		arena_array(&run->arena, most, sizeof(*run->base_cells));
	for (int side = OLD; side <= NEW; side++)
		run->cells[side] =
			arena_array(&run->arena, most, sizeof(struct value));
	run->conflicts =
		arena_array(&run->arena, most, sizeof(*run->conflicts));
	if (!run->merged || !run->places || !run->missing || !run->names ||
	    !run->kept || !run->base_cells || !run->cells[OLD] ||
	    !run->cells[NEW] || !run->conflicts)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!is_merged(table, i))
			continue;
		run->places[run->nmerged] = i;
		run->merged[run->nmerged++] = table->columns[i];
	}
	return 0;
}

/* Describes the rows of the base; *usable is false if it lacks the key. */
static int describe_base(struct run *run, const struct table *base,
			 bool *usable, struct err *err)
{
	const struct changed_table *table = run->table;
	struct scan *scan = &run->scan;
	size_t *columns =
		arena_array(&run->arena, run->nmerged + 1, sizeof(*columns));
	size_t *key = arena_array(&run->arena, table->nkey + 1, sizeof(*key));
	size_t *identity =
		arena_array(&run->arena, run->nmerged + 1, sizeof(*identity));
	size_t nkey = 0;

	if (!columns || !key || !identity)
		return err_set_nomem(err);
	for (size_t i = 0; i < run->nmerged; i++) {
		size_t place = table_column(base, run->merged[i]);

		run->base_cells[i] = SIZE_MAX;
		if (place == base->ncolumns || base->columns[place].unreadable)
			continue;
		for (size_t k = 0; k < table->nkey; k++)
			if (table->key[k] == run->places[i]) {
				key[k] = scan->ncolumns;
				nkey++;
			}
		identity[scan->nidentity++] = scan->ncolumns;
		run->base_cells[i] = scan->ncolumns;
		run->names[scan->ncolumns] = run->merged[i];
		columns[scan->ncolumns++] = place;
	}
	scan->table = base;
	scan->columns = columns;
	scan->key = key;
	scan->collations = table->collations;
	scan->nkey = table->nkey;
	scan->nullable = true;
	scan->identity = identity;
	*usable = nkey == table->nkey;
	return 0;
}

static int take_default(void *context, const char *column,
			const struct value *value, struct err *err)
{
	struct run *run = context;
	const struct table *base = run->scan.table;

	(void)err;
	for (size_t i = 0; i < run->nmerged; i++)
		if (name_equal(run->merged[i], column) &&
		    table_column(base, column) == base->ncolumns)
			run->missing[i] = value;
	return 0;
}

/* Finds out what a row of the base has in columns that it lacks. */
static int find_missing(struct run *run, struct err *err)
{
	if (run->scan.ncolumns == run->nmerged)
		return 0;
	return source_defaults(run->self->definitions, run->table->name,
			       &run->arena, take_default, run, err);
}

static const struct value *missing_cell(void *context, const char *column)
{
	const struct run *run = context;

	for (size_t i = 0; i < run->nmerged; i++)
		if (name_equal(run->merged[i], column))
			return run->missing[i];
	return NULL;
}

/* ---- merging ---- */

static int open_inputs(struct run *run, struct merge *merge, struct err *err)
{
	const struct reconciliation *self = run->self;

	for (int side = OLD; side <= NEW; side++) {
		struct merge_input *input =
			&merge->inputs[side == OLD ? MERGE_OURS : MERGE_THEIRS];

		if (changes_open_rows(self->differences, run->place, side,
				      run->keyed, &run->rows[side], err) < 0)
			return err->code;
		*input = (struct merge_input){
			.cursor = &run->rows[side]->cursor,
			.label = self->labels[side],
			.columns = run->table->columns,
			.ncolumns = run->table->ncolumns,
		};
	}
	run->scan.rows = run->keyed ? SCAN_KEYED : SCAN_UNKEYED;
	merge->inputs[MERGE_BASE] = (struct merge_input){
		.columns = run->names,
		.ncolumns = run->scan.ncolumns,
		.missing = missing_cell,
		.context = run,
	};
	return source_scan(self->base, &merge->inputs[MERGE_BASE].cursor,
			   &run->scan, err);
}

static int settle_with_base(struct run *run, struct err *err)
{
	const struct changed_table *table = run->table;
	const char **key =
		arena_array(&run->arena, table->nkey + 1, sizeof(*key));
	struct merge merge = { .columns = run->merged,
			       .ncolumns = run->nmerged,
			       .name = table->name };
	struct merge_result result;

	if (!key)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->nkey; i++)
		key[i] = table->columns[table->key[i]];
	if (run->keyed) {
		merge.key = key;
		merge.nkey = table->nkey;
		merge.collations = table->collations;
	}
	run->rows[OLD] = run->rows[NEW] = NULL;
	if (open_inputs(run, &merge, err) == 0)
		(void)!merge_rows(&merge, settle_merged, run, &result, err);
	cursor_close(merge.inputs[MERGE_BASE].cursor);
	for (int side = OLD; side <= NEW; side++)
		if (run->rows[side])
			cursor_close(&run->rows[side]->cursor);
	return err->code;
}

/* ---- tables ---- */

/* The rows with a key, then the others. */
static int settle_table(struct run *run, const struct table *base,
			struct err *err)
{
	bool usable = false;
	bool whole;

	if (choose_columns(run, err) < 0 ||
	    (base && describe_base(run, base, &usable, err) < 0))
		return err->code;
	if (usable && find_missing(run, err) < 0)
		return err->code;
	if (!usable)
		run->self->counts.without_base++;
	run->keyed = true;
	if ((usable ? settle_with_base(run, err)
		    : settle_without_base(run, err)) < 0)
		return err->code;
	/* those are told apart by all their cells */
	whole = usable && run->scan.ncolumns == run->nmerged;
	run->keyed = false;
	return whole ? settle_with_base(run, err)
		     : settle_without_base(run, err);
}

/* The table in the base; NULL: it has none. */
static const struct table *find_base(const struct reconciliation *self,
				     const char *table)
{
	if (!self->base || (self->based && !self->based(self->context, table)))
		return NULL;
	return schema_table(self->base->schema, table);
}

static int reconcile_table(struct reconciliation *self, size_t place,
			   struct err *err)
{
	struct run run = { .self = self,
			   .place = place,
			   .table = changes_table(self->differences, place) };
	const struct table *base = find_base(self, run.table->name);

	for (int side = OLD; side <= NEW; side++)
		if (self->writes[side] &&
		    changes_begin_table(self->writes[side], run.table, err) < 0)
			return err->code;
	if ((self->common &&
	     changes_begin_table(self->common, run.table, err) < 0) ||
	    (self->old_after &&
	     changes_begin_table(self->old_after, run.table, err) < 0))
		return err->code;
	if (!changes_table_is_empty(self->differences, place))
		(void)!settle_table(&run, base, err);
	arena_release(&run.arena);
	return err->code;
}

int reconcile(struct reconciliation *self, struct err *err)
{
	size_t count = changes_tables(self->differences);

	for (size_t i = 0; i < count; i++)
		if (reconcile_table(self, i, err) < 0)
			return err->code;
	return 0;
}
