/* Starting libgit2, and its errors. */
#ifndef GIT_LIBRARY_H
#define GIT_LIBRARY_H

#include <stdbool.h>

#include "util/compiler.h"
#include "util/err.h"

/*
 * Starts libgit2, if it was not started yet. That takes some milliseconds, in
 * which many a libgit2 reads all certificates that the system trusts. So it is
 * never stopped: who is done with it ends.
 */
int library_start(struct err *err) MUST_CHECK;

/*
 * Records D1_ERROR with the message and, after ": ", what libgit2 says about
 * its last failure. Returns the code that now stands in `err`.
 */
int library_error(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * True if writing an object through libgit2, which returned `code`, failed
 * because a folder was gone, and so should be tried again: `git gc`, which git
 * starts behind a merge, removes empty folders of objects, also the one that
 * an object is about to be moved into. *tries counts from 0 up to a limit.
 */
bool library_again(int code, unsigned int *tries);

#endif
