/* Starting libgit2, and its errors. */
#ifndef GIT_LIBRARY_H
#define GIT_LIBRARY_H

#include "util/compiler.h"
#include "util/err.h"

/* Starts libgit2, for as long as library_stop() was not called as often. */
int library_start(struct err *err) MUST_CHECK;
void library_stop(void);

/*
 * Records D1_ERROR with the message and, after ": ", what libgit2 says about
 * its last failure. Returns the code that now stands in `err`.
 */
int library_error(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
