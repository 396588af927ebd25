#include "config.h"

#include "diff/merge.h"

#include <string.h>

#include "diff/mergestream.h"

/* A column that BASE and a side have, and the other side dropped. */
struct dropped {
	enum merge_side side; /* that still has it */
	size_t base_cell;
	size_t side_cell;
};

struct run {
	const struct merge *merge;
	struct merge_stream streams[MERGE_SIDES];
	bool here[MERGE_SIDES]; /* which sides have the row we are at */
	struct dropped *dropped;
	size_t ndropped;
	/* the row we are at: its cells by version, and which conflict */
	struct value *versions[MERGE_SIDES];
	bool *conflicts;
	struct merged_row told;
	merge_tell_fn *tell;
	void *context;
	struct merge_result *result;
	struct arena arena;
};

static enum merge_side other_side(enum merge_side side)
{
	return side == MERGE_OURS ? MERGE_THEIRS : MERGE_OURS;
}

static enum merge_outcome taken_from(enum merge_side side)
{
	return side == MERGE_OURS ? MERGE_TAKE_OURS : MERGE_TAKE_THEIRS;
}

static bool lacks(const struct run *run, enum merge_side side, size_t column)
{
	return run->streams[side].cells[column] == MERGE_LACKS;
}

static const struct value *cell(const struct run *run, enum merge_side side,
				size_t column)
{
	return &run->streams[side].values[column];
}

/* True if the base has the row and its cell is known to differ from this. */
static bool is_edited(const struct run *run, enum merge_side side,
		      size_t column)
{
	return run->here[MERGE_BASE] &&
	       run->streams[MERGE_BASE].known[column] &&
	       !value_equal(cell(run, MERGE_BASE, column),
			    cell(run, side, column));
}

/* True if the base has the row and its cell is known to be the same. */
static bool is_kept(const struct run *run, enum merge_side side, size_t column)
{
	return run->here[MERGE_BASE] &&
	       run->streams[MERGE_BASE].known[column] &&
	       value_equal(cell(run, MERGE_BASE, column),
			   cell(run, side, column));
}

/* ---- telling ---- */

static int tell_row(struct run *run, struct err *err)
{
	struct merged_row *told = &run->told;

	for (int side = 0; side < MERGE_SIDES; side++)
		if (told->versions[side].cells)
			told->versions[side].ncells = run->merge->ncolumns;
	if (told->outcome == MERGE_CONFLICT) {
		told->result = told->versions[MERGE_OURS];
		run->result->conflicts++;
	}
	if (told->result.cells) {
		told->result.ncells = run->merge->ncolumns;
		run->result->rows += told->count;
	}
	told->conflicts = run->conflicts;
	run->result->taken[told->outcome]++;
	return run->tell(run->context, told, err);
}

/* ---- rows with a key ---- */

/*
 * Merges one cell of a row that both sides have, into all versions. What a
 * side without the column would have in it plays no part: that side had no
 * opinion.
 */
static enum merge_outcome merge_cell(struct run *run, size_t column)
{
	enum merge_outcome outcome = MERGE_CONFLICT;
	enum merge_side from = MERGE_OURS;

	if (lacks(run, MERGE_OURS, column) ||
	    lacks(run, MERGE_THEIRS, column)) {
		from = lacks(run, MERGE_OURS, column) ? MERGE_THEIRS
						      : MERGE_OURS;
		outcome = is_edited(run, from, column) ? taken_from(from)
						       : MERGE_SAME;
	} else if (value_equal(cell(run, MERGE_OURS, column),
			       cell(run, MERGE_THEIRS, column))) {
		outcome = MERGE_SAME;
	} else if (is_kept(run, MERGE_OURS, column)) {
		from = MERGE_THEIRS;
		outcome = MERGE_TAKE_THEIRS;
	} else if (is_kept(run, MERGE_THEIRS, column)) {
		outcome = MERGE_TAKE_OURS;
	}
	run->conflicts[column] = outcome == MERGE_CONFLICT;
	for (enum merge_side side = 0; side < MERGE_SIDES; side++)
		run->versions[side][column] =
			*cell(run, run->conflicts[column] ? side : from,
			      column);
	return outcome;
}

/* What two cells of a row, or two groups of them, come to together. */
static enum merge_outcome combine(enum merge_outcome a, enum merge_outcome b)
{
	if (a == b || b == MERGE_SAME)
		return a;
	if (a == MERGE_SAME)
		return b;
	return a == MERGE_CONFLICT || b == MERGE_CONFLICT ? MERGE_CONFLICT
							  : MERGE_COMBINED;
}

static void merge_both(struct run *run)
{
	enum merge_outcome outcome = MERGE_SAME;

	for (size_t i = 0; i < run->merge->ncolumns; i++)
		outcome = combine(outcome, merge_cell(run, i));
	run->told.outcome = outcome;
	run->told.result.cells = run->versions[MERGE_OURS];
}

/* A row that one side alone has inserted; what it lacks must be known. */
static void merge_inserted(struct run *run, enum merge_side side)
{
	run->told.outcome = taken_from(side);
	for (size_t i = 0; i < run->merge->ncolumns; i++) {
		run->versions[side][i] = *cell(run, side, i);
		run->conflicts[i] = !run->streams[side].known[i];
		if (run->conflicts[i])
			run->told.outcome = MERGE_CONFLICT;
	}
	run->told.result.cells = run->versions[side];
}

/* A row of the base that one side alone still has: the other deleted it. */
static void merge_deleted(struct run *run, enum merge_side side)
{
	run->told.outcome = taken_from(other_side(side));
	for (size_t i = 0; i < run->merge->ncolumns; i++) {
		run->conflicts[i] =
			!lacks(run, side, i) && is_edited(run, side, i);
		if (run->conflicts[i])
			run->told.outcome = MERGE_CONFLICT;
		run->versions[side][i] = *cell(run, side, i);
		run->versions[MERGE_BASE][i] =
			*cell(run, run->conflicts[i] ? MERGE_BASE : side, i);
	}
}

/* True if a side that has the row changed a column that the other dropped. */
static bool loses(const struct run *run)
{
	for (size_t i = 0; i < run->ndropped; i++) {
		const struct dropped *dropped = &run->dropped[i];
		const struct row *row = run->streams[dropped->side].row;
		const struct row *base = run->streams[MERGE_BASE].row;

		if (run->here[dropped->side] &&
		    !value_equal(&base->cells[dropped->base_cell],
				 &row->cells[dropped->side_cell]))
			return true;
	}
	return false;
}

static int merge_key(struct run *run, struct err *err)
{
	bool ours = run->here[MERGE_OURS], theirs = run->here[MERGE_THEIRS];
	enum merge_side side = ours ? MERGE_OURS : MERGE_THEIRS;

	run->told.count = 1;
	if (ours && theirs)
		merge_both(run);
	else if ((ours || theirs) && run->here[MERGE_BASE])
		merge_deleted(run, side);
	else if (ours || theirs)
		merge_inserted(run, side);
	else
		run->told.outcome = MERGE_SAME;
	if (run->here[MERGE_BASE] && loses(run))
		run->result->lost++;
	for (int i = 0; i < MERGE_SIDES; i++) {
		run->told.counts[i] = run->here[i];
		if (!run->here[i])
			continue;
		run->told.rows[i] = run->streams[i].row;
		run->told.versions[i].cells = run->versions[i];
	}
	if (tell_row(run, err) < 0)
		return err->code;
	for (int i = 0; i < MERGE_SIDES; i++)
		if (run->here[i] &&
		    merge_stream_next(&run->streams[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- rows without a key ---- */

/* Copies the row's cells: its streams move on before it is told. */
static int keep_row(struct run *run, struct value *copy,
		    const struct merge_stream *stream, struct arena *arena,
		    struct err *err)
{
	for (size_t i = 0; i < run->merge->ncolumns; i++) {
		copy[i] = stream->values[i];
		if (copy[i].type != VALUE_TEXT && copy[i].type != VALUE_BLOB)
			continue;
		copy[i].data = arena_copy(arena, copy[i].data, copy[i].size);
		if (!copy[i].data)
			return err_set_nomem(err);
	}
	return 0;
}

/* Counts the rows that are like the one the stream is at, and passes them. */
static int count_rows(struct merge_stream *stream, uint64_t *count,
		      struct err *err)
{
	do {
		++*count;
		if (merge_stream_next(stream, err) < 0)
			return err->code;
	} while (stream->again);
	return 0;
}

static void merge_counts(struct merged_row *told)
{
	uint64_t base = told->counts[MERGE_BASE];
	uint64_t ours = told->counts[MERGE_OURS];
	uint64_t theirs = told->counts[MERGE_THEIRS];

	if (ours == theirs || theirs == base) {
		told->outcome = ours == theirs ? MERGE_SAME : MERGE_TAKE_OURS;
		told->count = ours;
	} else if (ours == base) {
		told->outcome = MERGE_TAKE_THEIRS;
		told->count = theirs;
	} else {
		told->outcome = MERGE_COMBINED;
		told->count = ours + theirs > base ? ours + theirs - base : 0;
	}
}

/* True if a side that has the row knows each of its cells. */
static bool is_known(const struct run *run)
{
	for (enum merge_side side = MERGE_OURS; side <= MERGE_THEIRS; side++) {
		size_t i = 0;

		while (i < run->merge->ncolumns && run->streams[side].known[i])
			i++;
		if (run->here[side] && i == run->merge->ncolumns)
			return true;
	}
	return false;
}

static void mark_unknown(struct run *run)
{
	for (size_t i = 0; i < run->merge->ncolumns; i++)
		for (int side = MERGE_OURS; side <= MERGE_THEIRS; side++)
			if (run->here[side] && !run->streams[side].known[i])
				run->conflicts[i] = true;
	run->told.outcome = MERGE_CONFLICT;
}

static int merge_alike(struct run *run, struct err *err)
{
	struct merged_row *told = &run->told;
	struct arena arena = ARENA_INIT;
	int first = 0;

	while (!run->here[first])
		first++;
	if (keep_row(run, run->versions[first], &run->streams[first], &arena,
		     err) < 0)
		goto out;
	for (int side = 0; side < MERGE_SIDES; side++) {
		if (!run->here[side])
			continue;
		told->versions[side].cells = run->versions[first];
		if (count_rows(&run->streams[side], &told->counts[side], err) <
		    0)
			goto out;
	}
	merge_counts(told);
	if (told->count > 0)
		told->result.cells = run->versions[first];
	if (told->count > 0 && !is_known(run))
		mark_unknown(run);
	tell_row(run, err);
out:
	arena_release(&arena);
	return err->code;
}

/* ---- the walk ---- */

/* Finds out which sides have the least row; false at the end of all. */
static bool find_least(struct run *run)
{
	const struct merge_stream *least = NULL;

	for (int i = 0; i < MERGE_SIDES; i++) {
		const struct merge_stream *stream = &run->streams[i];
		int order;

		run->here[i] = false;
		if (!stream->row)
			continue;
		order = least ? merge_stream_compare(stream, least) : -1;
		if (order < 0) {
			memset(run->here, 0, sizeof(run->here));
			least = stream;
		}
		run->here[i] = order <= 0;
	}
	return least != NULL;
}

static bool is_identified(const struct run *run)
{
	for (int i = 0; i < MERGE_SIDES; i++)
		if (run->here[i])
			return run->streams[i].identified;
	return false;
}

static int walk(struct run *run, struct err *err)
{
	while (find_least(run)) {
		memset(&run->told, 0, sizeof(run->told));
		memset(run->conflicts, 0, run->merge->ncolumns);
		if ((is_identified(run) ? merge_key(run, err)
					: merge_alike(run, err)) < 0)
			return err->code;
	}
	return 0;
}

/* ---- columns ---- */

static bool has_column(const struct merge_input *input, const char *name)
{
	return merge_find_column(input->columns, input->ncolumns, name) !=
	       MERGE_LACKS;
}

static int find_dropped(struct run *run, struct err *err)
{
	const struct merge_input *inputs = run->merge->inputs;
	const struct merge_input *base = &inputs[MERGE_BASE];

	run->dropped = arena_array(&run->arena, 2 * base->ncolumns,
				   sizeof(*run->dropped));
	if (!run->dropped)
		return err_set_nomem(err);
	for (size_t i = 0; i < base->ncolumns; i++) {
		const char *name = base->columns[i];

		for (enum merge_side side = MERGE_OURS; side <= MERGE_THEIRS;
		     side++) {
			const struct merge_input *own = &inputs[side];
			size_t at = merge_find_column(own->columns,
						      own->ncolumns, name);

			if (at == MERGE_LACKS ||
			    has_column(&inputs[other_side(side)], name))
				continue;
			run->dropped[run->ndropped++] = (struct dropped){
				.side = side,
				.base_cell = i,
				.side_cell = at,
			};
		}
	}
	return 0;
}

int merge_columns(const char *const **columns, size_t *ncolumns,
		  const struct merge_input inputs[MERGE_SIDES],
		  struct arena *arena, struct err *err)
{
	const struct merge_input *base = &inputs[MERGE_BASE];
	const struct merge_input *ours = &inputs[MERGE_OURS];
	const struct merge_input *theirs = &inputs[MERGE_THEIRS];
	const char **list =
		arena_array(arena, ours->ncolumns + theirs->ncolumns,
			    sizeof(*list));
	size_t count = 0;

	if (!list)
		return err_set_nomem(err);
	for (size_t i = 0; i < ours->ncolumns; i++)
		if (has_column(theirs, ours->columns[i]) ||
		    !has_column(base, ours->columns[i]))
			list[count++] = ours->columns[i];
	for (size_t i = 0; i < theirs->ncolumns; i++)
		if (!has_column(ours, theirs->columns[i]) &&
		    !has_column(base, theirs->columns[i]))
			list[count++] = theirs->columns[i];
	*columns = list;
	*ncolumns = count;
	return 0;
}

/* ---- the merge ---- */

static int find_key(struct key_order *order, const struct merge *merge,
		    struct arena *arena, struct err *err)
{
	size_t *cells = arena_array(arena, merge->nkey, sizeof(*cells));

	if (!cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < merge->nkey; i++) {
		cells[i] = merge_find_column(merge->columns, merge->ncolumns,
					     merge->key[i]);
		if (cells[i] == MERGE_LACKS)
			return err_set(err, D1_ERROR,
				       "table '%s' has lost its key column "
				       "'%s'",
				       merge->name, merge->key[i]);
	}
	order->cells = cells;
	order->collations = merge->collations;
	order->count = merge->nkey;
	return 0;
}

static int prepare(struct run *run, struct err *err)
{
	size_t ncolumns = run->merge->ncolumns;

	run->conflicts =
		arena_array(&run->arena, ncolumns, sizeof(*run->conflicts));
	if (!run->conflicts)
		return err_set_nomem(err);
	for (int side = 0; side < MERGE_SIDES; side++) {
		run->versions[side] = arena_array(&run->arena, ncolumns,
						  sizeof(struct value));
		if (!run->versions[side])
			return err_set_nomem(err);
	}
	return find_dropped(run, err);
}

int merge_rows(const struct merge *merge, merge_tell_fn *tell, void *context,
	       struct merge_result *result, struct err *err)
{
	struct run run = {
		.merge = merge,
		.tell = tell,
		.context = context,
		.result = result,
	};
	struct key_order order;
	int opened = 0;

	memset(result, 0, sizeof(*result));
	if (prepare(&run, err) < 0 ||
	    find_key(&order, merge, &run.arena, err) < 0)
		goto out;
	while (opened < MERGE_SIDES)
		if (merge_stream_open(&run.streams[opened], merge, opened,
				      &order, &run.arena, err) < 0)
			break;
		else
			opened++;
	if (opened == MERGE_SIDES)
		walk(&run, err);
out:
	for (int side = 0; side < MERGE_SIDES; side++)
		merge_stream_release(&run.streams[side]);
	arena_release(&run.arena);
	return err->code;
}
