/*
 * Whether a row of a SQLite database is still what it was when it was read:
 * for rows that were read before the database was locked.
 */
#ifndef APPLY_ROWGUARD_H
#define APPLY_ROWGUARD_H

#include "apply/rowseek.h"

struct row_guard {
	const struct row_seek *seek; /* borrowed */
	sqlite3_stmt *same;	     /* finds a row as it was; NULL: not yet */
};

/* Forgets the statement, which is made anew when it is needed. */
void row_guard_forget(struct row_guard *guard);

/*
 * D1_ECONFLICT, which names the row, if it is not there with the same cells,
 * of those that are written, in types and bytes.
 */
int row_guard_check(struct row_guard *guard, const struct row *row,
		    struct err *err) MUST_CHECK;

#endif
