/* Copies of whole SQLite files, while programs have them open. */
#ifndef APPLY_FILECOPY_H
#define APPLY_FILECOPY_H

#include "util/err.h"

/*
 * Makes the database at `to` what the one at `from` is, as it was committed
 * last, by SQLite's backup: all or nothing. Both files are there already; `to`
 * may be empty, and then needs no other file beside it. The copy is on disk
 * when this returns 0. A writer of `from` that has changed nothing yet is not
 * in the way; other locks are waited for, five seconds at most.
 */
int file_copy_database(const char *from, const char *to,
		       struct err *err) MUST_CHECK;

#endif
