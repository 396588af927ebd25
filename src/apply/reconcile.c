#include "config.h"

#include "apply/reconcile.h"

#include <string.h>

#include "apply/reconcilerun.h"
#include "diff/merge.h"
#include "util/glob.h"

/* ---- what is written ---- */

static bool is_target(const struct reconcile_run *run, int side)
{
	return run->self->writes[side] != NULL;
}

/* Nothing is written: what differs stays as it is, decided or not. */
static bool is_settled(const struct reconcile_run *run)
{
	return !is_target(run, OLD) && !is_target(run, NEW);
}

/* A row of the other side, or its absence, becomes what this side holds. */
static int add_write(struct reconcile_run *run, int side,
		     struct row_change *change, struct err *err)
{
	change->op = !change->old   ? CHANGE_INSERT
		     : !change->new ? CHANGE_DELETE
				    : CHANGE_UPDATE;
	return changes_add(run->self->writes[side], change, err);
}

static int tell_conflict(struct reconcile_run *run, const struct row *old_row,
			 const struct row *new_row, const bool *columns,
			 bool inserted, struct err *err)
{
	const struct row_conflict conflict = {
		.table = run->table,
		.keyed = run->keyed,
		.inserted = inserted,
		.rows = { old_row, new_row },
		.columns = columns,
	};

	run->self->counts.conflicts++;
	return run->self->conflict(run->self->context, &conflict, err);
}

/* ---- without a base ---- */

static void count_left(struct reconcile_run *run,
		       const struct row_change *difference)
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
static int write_difference(struct reconcile_run *run, int side,
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

/* How many equal rows each side has. */
static void count_sides(const struct row_change *difference, uint64_t counts[2])
{
	counts[OLD] = difference->before;
	counts[NEW] = difference->op == CHANGE_INSERT
			      ? difference->before + difference->count
			      : difference->before - difference->count;
}

/* `written` is the side that gets what the other has; -1: none does. */
static int note_difference(struct reconcile_run *run,
			   const struct row_change *difference, int written,
			   struct err *err)
{
	const struct row *after[2] = { difference->old, difference->new };
	bool inserts = difference->op == CHANGE_INSERT;
	uint64_t counts[2];
	uint64_t before;

	count_sides(difference, counts);
	before = counts[NEW];
	if (written >= 0) {
		after[written] = after[!written];
		counts[written] = counts[!written];
	}
	if (difference->keyed)
		return reconcile_note_row(run, difference->new, after, NULL,
					  err);
	return reconcile_note_counts(run,
				     inserts ? difference->new
					     : difference->old,
				     before, counts, NULL, err);
}

/*
 * What a side that is behind holds is in common if it is not written: the other
 * one has what somebody changed since.
 */
static int note_lag(struct reconcile_run *run,
		    const struct row_change *difference, int side,
		    struct err *err)
{
	const struct row *const rows[2] = { difference->old, difference->new };
	bool inserts = difference->op == CHANGE_INSERT;
	uint64_t counts[2];

	if (difference->keyed)
		return reconcile_note_left(run, rows, rows[side], err);
	count_sides(difference, counts);
	return reconcile_note_counts(run, rows[inserts ? NEW : OLD],
				     counts[NEW], counts, &counts[side], err);
}

/* A side that is behind becomes what the other one is. */
static int settle_lag(struct reconcile_run *run,
		      const struct row_change *difference, struct err *err)
{
	int side = difference->lag == LAG_OLD ? OLD : NEW;
	bool deletes =
		difference->op == (side == OLD ? CHANGE_DELETE : CHANGE_INSERT);

	if (is_target(run, side) && !(deletes && run->self->slice)) {
		if (write_difference(run, side, difference, err) < 0)
			return err->code;
		return note_difference(run, difference, side, err);
	}
	run->self->counts.newer[!side] += difference->count;
	return note_lag(run, difference, side, err);
}

static int settle_difference(void *context, const struct row_change *difference,
			     struct err *err)
{
	struct reconcile_run *run = context;
	const struct reconciliation *self = run->self;
	bool is_conflict = false;

	if (difference->keyed != run->keyed)
		return 0;
	if (difference->lag != LAG_UNKNOWN)
		return settle_lag(run, difference, err);
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
				     NULL, false, err);
	count_left(run, difference);
	return note_difference(run, difference, -1, err);
}

/* The differences of this pass alone. */
static int settle_without_base(struct reconcile_run *run, struct err *err)
{
	return changes_each_row(run->self->differences, run->place,
				settle_difference, run, err);
}

/* ---- with a base ---- */

/* The row as it is to be, with all cells; what is not merged is of `rest`. */
static void widen(const struct reconcile_run *run, struct row *row,
		  struct value *cells, const struct value *merged,
		  const struct row *rest)
{
	for (size_t i = 0; i < run->table->ncolumns; i++)
		cells[i] = rest->cells[i];
	for (size_t i = 0; i < run->nmerged; i++)
		cells[run->places[i]] = merged[i];
	row->cells = cells;
	row->ncells = run->table->ncolumns;
}

/* Makes the row of a side what was merged; *after is what it is then. */
static int settle_side(struct reconcile_run *run, int side,
		       const struct row *const rows[2],
		       const struct value *merged, struct row *row,
		       const struct row **after, struct err *err)
{
	struct row_change change = { .keyed = true,
				     .count = 1,
				     .old = rows[side] };

	*after = rows[side];
	if (reconcile_is_like(run, rows[side], merged))
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
static const bool *conflicting_cells(struct reconcile_run *run,
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
static bool is_only_time(const struct reconcile_run *run,
			 const struct merged_row *row)
{
	const char *timestamp = run->table->timestamp;

	for (size_t i = 0; timestamp && i < run->nmerged; i++)
		if (row->conflicts[i] && !name_equal(run->merged[i], timestamp))
			return false;
	return timestamp != NULL;
}

/* Which side a row in conflict is decided for; -1: neither. */
static int find_winner(const struct reconcile_run *run,
		       const struct merged_row *row)
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
static int settle_keyed(struct reconcile_run *run, const struct merged_row *row,
			struct err *err)
{
	const struct row *const rows[2] = { row->rows[MERGE_OURS],
					    row->rows[MERGE_THEIRS] };
	const struct value *merged = row->result.cells;
	const struct row *after[2];
	struct row written[2];

	if (!rows[OLD] && !rows[NEW])
		return 0; /* no difference */
	if (row->outcome == MERGE_CONFLICT && is_settled(run)) {
		run->self->counts.different++;
		return reconcile_note_row(run, rows[NEW], rows,
					  row->rows[MERGE_BASE], err);
	}
	if (row->outcome == MERGE_CONFLICT) {
		int winner = find_winner(run, row);

		if (winner < 0)
			return tell_conflict(run, rows[OLD], rows[NEW],
					     conflicting_cells(run, row),
					     !row->rows[MERGE_BASE], err);
		merged =
			row->versions[winner == OLD ? MERGE_OURS : MERGE_THEIRS]
				.cells;
	}
	for (int side = OLD; side <= NEW; side++)
		if (settle_side(run, side, rows, merged, &written[side],
				&after[side], err) < 0)
			return err->code;
	return reconcile_note_row(run, rows[NEW], after, row->rows[MERGE_BASE],
				  err);
}

/* So many equal rows more, or fewer; *after is how many there are then. */
static int settle_count(struct reconcile_run *run, int side,
			const struct row *cells, uint64_t found,
			uint64_t wanted, uint64_t *after, struct err *err)
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

static int settle_unkeyed(struct reconcile_run *run,
			  const struct merged_row *row, struct err *err)
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
	return reconcile_note_counts(run, &cells, found[NEW], after,
				     &row->counts[MERGE_BASE], err);
}

static int settle_merged(void *context, const struct merged_row *row,
			 struct err *err)
{
	struct reconcile_run *run = context;

	return run->keyed ? settle_keyed(run, row, err)
			  : settle_unkeyed(run, row, err);
}

/* ---- merging ---- */

static const struct value *missing_cell(void *context, const char *column)
{
	const struct reconcile_run *run = context;

	for (size_t i = 0; i < run->nmerged; i++)
		if (name_equal(run->merged[i], column))
			return run->missing[i];
	return NULL;
}

static int open_inputs(struct reconcile_run *run, struct merge *merge,
		       struct err *err)
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

static int settle_with_base(struct reconcile_run *run, struct err *err)
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
static int settle_table(struct reconcile_run *run, const struct table *base,
			struct err *err)
{
	bool usable = false;
	bool whole;

	if (reconcile_choose_columns(run, err) < 0 ||
	    (base && reconcile_describe_base(run, base, &usable, err) < 0))
		return err->code;
	if (usable && reconcile_find_missing(run, err) < 0)
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
	struct reconcile_run run = { .self = self,
				     .place = place,
				     .table = changes_table(self->differences,
							    place) };
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
