/*
 * The three-way merge of the rows of one table, by key and by cell.
 *
 * Three streams of rows in key order, BASE, OURS and THEIRS, are walked
 * together. A cell that one side changed takes that side's value; one that
 * both changed alike takes it too; one that both changed differently is a
 * conflict. A row that one side deleted is gone if the other left it as it
 * was, else it is a conflict; a row that both inserted is merged cell by cell
 * with no base: cells that differ are conflicts.
 *
 * Columns are matched by name, in any letter case. A column that BASE lacks
 * was added, one that BASE has and a side lacks was dropped there. What a row
 * of a side that lacks the column has in it, its default, is the caller's to
 * tell. A row that only such a side has is in conflict if that is not known.
 *
 * Rows without a key, and those with NULL in it, have their text to tell them
 * apart. How often a row stands is merged like a cell: a number that one side
 * changed is taken, as one that both changed alike; else what both added or
 * took away counts, ours + theirs - base, and never less than 0.
 */
#ifndef DIFF_MERGE_H
#define DIFF_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/row.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"

enum merge_side { MERGE_BASE, MERGE_OURS, MERGE_THEIRS, MERGE_SIDES };

/*
 * One side of the merge. All of it is borrowed. Rows come in the order of the
 * key, those without a key or with the same NULL in it by their text in the
 * columns of the result (model/row.h).
 */
struct merge_input {
	struct cursor *cursor;	    /* NULL: no rows */
	const char *label;	    /* before its errors; NULL: nothing */
	const char *const *columns; /* names of its cells */
	size_t ncolumns;
	/* what a row has in the column if the side lacks it; NULL, or no
	 * function: that is not known */
	const struct value *(*missing)(void *context, const char *column);
	void *context;
};

/* The table, and its three sides. */
struct merge {
	struct merge_input inputs[MERGE_SIDES];
	const char *const *columns; /* of the result */
	size_t ncolumns;
	const char *const *key; /* names of the key's columns; no key: none */
	const enum collation *collations;
	size_t nkey;
	const char *name; /* of the table, for messages */
};

enum merge_outcome {
	MERGE_SAME,	   /* nobody changed the row; or both alike */
	MERGE_TAKE_OURS,   /* only we changed it */
	MERGE_TAKE_THEIRS, /* only they did */
	MERGE_COMBINED,	   /* both did, in different cells */
	MERGE_CONFLICT,
};

/* One key, or rows without one that are alike. Borrowed for the call. */
struct merged_row {
	enum merge_outcome outcome;
	/* as read, NULL where the side has no such row, or it has no key */
	const struct row *rows[MERGE_SIDES];
	/*
	 * In the columns of the result, NULL where the side has no such row;
	 * with the merged value in each cell that is not in conflict, so that
	 * whoever chooses one side loses nothing else of the other. Unknown
	 * cells are NULL.
	 */
	struct row versions[MERGE_SIDES];
	/* the row that stands now; without cells: the row is gone. Where there
	 * is a conflict: our version */
	struct row result;
	/* of each column of the result: is it in conflict? */
	const bool *conflicts;
	uint64_t count; /* how often the row stands; above 1 without a key */
	/* how many each side has; above 1 without a key */
	uint64_t counts[MERGE_SIDES];
};

/* Is told of each key; a negative answer is an error and ends the merge. */
typedef int merge_tell_fn(void *context, const struct merged_row *row,
			  struct err *err);

struct merge_result {
	uint64_t rows;			    /* of the result */
	uint64_t conflicts;		    /* keys in conflict */
	uint64_t taken[MERGE_CONFLICT + 1]; /* keys by outcome */
	/* rows in which a side changed what the other side dropped */
	uint64_t lost;
};

/*
 * Merges. The columns of the result are those of merge_columns(), or some of
 * them; the key is among them, and each side that has rows has it. A side that
 * delivers rows out of order, or a key twice, is an error.
 */
int merge_rows(const struct merge *merge, merge_tell_fn *tell, void *context,
	       struct merge_result *result, struct err *err) MUST_CHECK;

/*
 * The columns of the result, from those of the sides: ours, then theirs that
 * they added; without those that either side dropped. Names are borrowed; the
 * list is allocated in `arena`.
 */
int merge_columns(const char *const **columns, size_t *ncolumns,
		  const struct merge_input inputs[MERGE_SIDES],
		  struct arena *arena, struct err *err) MUST_CHECK;

#endif
