/* The rows of one side of a pair, as a cursor. */
#ifndef DIFF_ROWS_H
#define DIFF_ROWS_H

#include "diff/compare.h"

/* Fills the scan of a side, but for its ranges and by_key. */
void rows_describe(struct scan *scan, const struct comparison *comparison,
		   const struct table_pair *pair, int side,
		   enum scan_rows rows);

/*
 * Opens the rows of a side into *cursor; a side that lacks the table has none.
 * Masked cells are masks; unkeyed rows that have some are ordered by the side's
 * `identity` (diff/pair.h), whose placeholders they have behind their cells.
 * `scan` is filled, but for its ranges and by_key, which the caller has set,
 * and stays valid while the cursor is open.
 */
int rows_open(struct cursor **cursor, struct scan *scan,
	      const struct comparison *comparison,
	      const struct table_pair *pair, int side, enum scan_rows rows,
	      struct err *err) MUST_CHECK;

/*
 * Refuses a key that is the user's choice and not unique on a side: D1_EREFUSED
 * with the first rows that have the same one.
 */
int rows_check_unique(const struct comparison *comparison,
		      const struct table_pair *pair,
		      struct err *err) MUST_CHECK;

#endif
