#include "config.h"

#include "diff/mergedefault.h"

#include <string.h>

#include "diff/mergestream.h"

int merge_defaults_init(struct merge_defaults *defaults,
			const struct merge *merge, struct err *err)
{
	memset(defaults, 0, sizeof(*defaults));
	defaults->merge = merge;
	for (int side = MERGE_OURS; side < MERGE_SIDES; side++) {
		defaults->sides[side] =
			arena_array(&defaults->arena, merge->ncolumns,
				    sizeof(struct merge_default));
		if (!defaults->sides[side])
			return err_set_nomem(err);
	}
	return 0;
}

void merge_defaults_release(struct merge_defaults *defaults)
{
	arena_release(&defaults->arena);
}

/* One look at the rows of one side. */
struct look {
	struct merge_defaults *defaults;
	struct merge_default *columns;
	size_t *cells; /* of each column of the result: MERGE_LACKS to pass */
};

static int see_value(struct merge_defaults *defaults,
		     struct merge_default *column, const struct value *value,
		     struct err *err)
{
	column->has_null |= value->type == VALUE_NULL;
	if (column->seen) {
		column->mixed |= !value_equal(&column->first, value);
		return 0;
	}
	column->seen = true;
	column->first = *value;
	if (value->type != VALUE_TEXT && value->type != VALUE_BLOB)
		return 0;
	column->first.data =
		arena_copy(&defaults->arena, value->data, value->size);
	return column->first.data ? 0 : err_set_nomem(err);
}

static int see_row(struct look *look, const struct row *row, struct err *err)
{
	for (size_t i = 0; i < look->defaults->merge->ncolumns; i++)
		if (look->cells[i] != MERGE_LACKS &&
		    see_value(look->defaults, &look->columns[i],
			      &row->cells[look->cells[i]], err) < 0)
			return err->code;
	return 0;
}

/* Sees the rows that are in the base and on the side. */
static int see_kept(void *context, const struct merged_row *row,
		    struct err *err)
{
	if (!row->rows[MERGE_BASE] || !row->rows[MERGE_OURS])
		return 0;
	return see_row(context, row->rows[MERGE_OURS], err);
}

/* The rows of the base that the side has are found by a merge of keys. */
static int see_keyed(struct look *look, const struct merge *merge,
		     enum merge_side side, struct cursor *base,
		     struct cursor *rows, struct err *err)
{
	struct merge keys = *merge;
	struct merge_result result;

	keys.columns = merge->key;
	keys.ncolumns = merge->nkey;
	keys.inputs[MERGE_BASE].cursor = base;
	keys.inputs[MERGE_OURS] = merge->inputs[side];
	keys.inputs[MERGE_OURS].cursor = rows;
	keys.inputs[MERGE_THEIRS] = (struct merge_input){ .cursor = NULL };
	return merge_rows(&keys, see_kept, look, &result, err);
}

int merge_defaults_look(struct merge_defaults *defaults, enum merge_side side,
			const bool *added, struct cursor *base,
			struct cursor *rows, struct err *err)
{
	const struct merge *merge = defaults->merge;
	const struct merge_input *input = &merge->inputs[side];
	struct look look = {
		.defaults = defaults,
		.columns = defaults->sides[side],
		.cells = arena_array(&defaults->arena, merge->ncolumns,
				     sizeof(*look.cells)),
	};
	const struct row *row;

	if (!look.cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < merge->ncolumns; i++)
		look.cells[i] = added[i] ? merge_find_column(input->columns,
							     input->ncolumns,
							     merge->columns[i])
					 : MERGE_LACKS;
	if (merge->nkey > 0)
		return see_keyed(&look, merge, side, base, rows, err);
	while (cursor_next(rows, &row, err) == 0 && row)
		if (see_row(&look, row, err) < 0)
			break;
	return err->code;
}

/* What the rows come to; NULL: it is not known. */
static const struct value *settle(const struct merge_default *column)
{
	static const struct value null = { .type = VALUE_NULL };

	if (!column->mixed)
		return &column->first;
	return column->has_null ? &null : NULL;
}

const struct value *merge_defaults_find(void *context, const char *column)
{
	const struct merge_defaults *defaults = context;
	const struct merge *merge = defaults->merge;
	size_t at = merge_find_column(merge->columns, merge->ncolumns, column);
	const struct merge_default *ours = &defaults->sides[MERGE_OURS][at];
	const struct merge_default *theirs = &defaults->sides[MERGE_THEIRS][at];
	const struct value *a = ours->seen ? settle(ours) : NULL;
	const struct value *b = theirs->seen ? settle(theirs) : NULL;

	if (ours->seen && theirs->seen)
		return a && b && value_equal(a, b) ? a : NULL;
	return a ? a : b;
}
