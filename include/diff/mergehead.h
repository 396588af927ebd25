/*
 * The head of a data file that is merged: what becomes of the table's name, its
 * columns, its key and its masks.
 *
 * The name and the masks of a column are merged as cells are: what one side
 * changed is taken. The key must be the same on all sides. A column that a side
 * masks in another way than the result counts as dropped there, and the masked
 * one as added: its values are no values of the result.
 */
#ifndef DIFF_MERGEHEAD_H
#define DIFF_MERGEHEAD_H

#include "diff/merge.h"
#include "format/datafile.h"

struct mergehead {
	/* of the result; explicit_columns is not set */
	struct datafile_header header;
	const char *const *key; /* names of the key's columns */
	/* the names by which merge_rows() finds the columns of a side */
	const char *const *names[MERGE_SIDES];
	/* of each column: BASE has no column of that name, masked or not */
	const bool *added;
};

/*
 * Merges the heads of three files; that of BASE is NULL if there was none. All
 * is borrowed from them or lives in `arena`. Heads that cannot be merged are
 * D1_ERROR.
 */
int mergehead_make(struct mergehead *head,
		   const struct datafile_header *const headers[MERGE_SIDES],
		   struct arena *arena, struct err *err) MUST_CHECK;

#endif
