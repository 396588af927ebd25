/*
 * What a row has in a column that was added: the column's default, found out
 * from the rows themselves, because a data file does not tell it.
 *
 * ALTER TABLE ADD COLUMN gave every row of BASE the default. So if all the rows
 * of BASE that the side still has agree on one value, this is it. If they do
 * not, rows were changed afterwards; if one of them still has NULL, the default
 * is NULL. Else it is not known. In a table without a key all the rows of the
 * side stand for those of BASE.
 */
#ifndef DIFF_MERGEDEFAULT_H
#define DIFF_MERGEDEFAULT_H

#include "diff/merge.h"

/* What the rows seen so far say of one column. */
struct merge_default {
	bool seen;
	bool mixed;
	bool has_null;
	struct value first;
};

struct merge_defaults {
	struct arena arena;
	const struct merge *merge;
	/* of each column of the result, as either side has it */
	struct merge_default *sides[MERGE_SIDES];
};

/* The merge is borrowed. The caller releases it, after an error too. */
int merge_defaults_init(struct merge_defaults *defaults,
			const struct merge *merge, struct err *err) MUST_CHECK;
void merge_defaults_release(struct merge_defaults *defaults);

/*
 * Looks at the columns marked in `added` that `side` has. The cursors are those
 * of the merge, which are read to their end; `base` is NULL for no rows.
 */
int merge_defaults_look(struct merge_defaults *defaults, enum merge_side side,
			const bool *added, struct cursor *base,
			struct cursor *rows, struct err *err) MUST_CHECK;

/* For struct merge_input; `context` is the struct merge_defaults. */
const struct value *merge_defaults_find(void *context, const char *column);

#endif
