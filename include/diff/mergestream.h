/*
 * One side of a three-way merge: its rows one by one, in the columns of the
 * result.
 */
#ifndef DIFF_MERGESTREAM_H
#define DIFF_MERGESTREAM_H

#include "diff/keymark.h"
#include "diff/merge.h"

/* The place of a cell that a side lacks. */
#define MERGE_LACKS SIZE_MAX

struct merge_stream {
	const struct merge_input *input;
	const struct merge *merge;
	const char *label; /* "ours" */
	struct key_order order;
	const size_t *all; /* 0, 1, ... for each column of the result */
	size_t *cells;	   /* of each column of the result, in a row as read */
	bool *known;	   /* of each: does the side have a value in it? */
	const struct row *row; /* as read; NULL after the last one */
	struct value *values;
	struct row projected; /* the same in the columns of the result */
	bool identified;      /* it has a key without NULL in it */
	bool again;	      /* it is not identified, and as the one before */
	struct key_mark previous;
	struct buf line; /* its text, if it is not identified */
	struct buf previous_line;
};

/*
 * Opens a side and reads its first row. Everything lives in `arena`, or is
 * freed by the caller with merge_stream_release(), after an error too.
 */
int merge_stream_open(struct merge_stream *stream, const struct merge *merge,
		      enum merge_side side, const struct key_order *order,
		      struct arena *arena, struct err *err) MUST_CHECK;
void merge_stream_release(struct merge_stream *stream);

/* Reads the next row. One that is out of order is an error. */
int merge_stream_next(struct merge_stream *stream, struct err *err) MUST_CHECK;

/* Which of two sides has the lesser row; a side at its end has none. */
int merge_stream_compare(const struct merge_stream *a,
			 const struct merge_stream *b);

/* The place of the column of that name, or MERGE_LACKS. */
size_t merge_find_column(const char *const *columns, size_t ncolumns,
			 const char *name);

#endif
