/* Output that is kept in a temporary file until it is known to be wanted. */
#ifndef WORKSPACE_SPOOL_H
#define WORKSPACE_SPOOL_H

#include <stdio.h>

#include "util/err.h"
#include "util/stream.h"

/* A file without a name; the caller closes it with spool_close(). */
int spool_open(FILE **spool, struct err *err) MUST_CHECK;

/* Writes all that is in it to `to`. A full disk shows here at the latest. */
int spool_copy(FILE *spool, FILE *to, struct err *err) MUST_CHECK;

/*
 * The same with values of a database, which are no commands to GitHub Actions
 * (workspace/actions.h). Nothing is written if nothing is in it.
 */
int spool_show(FILE *spool, FILE *to, struct err *err) MUST_CHECK;

/*
 * A stream with all that is in it, called `name` in messages, which the caller
 * closes; the spool may be closed before. Nothing is written to it any more.
 */
int spool_read(struct stream **stream, FILE *spool, const char *name,
	       struct err *err) MUST_CHECK;

/* NULL is allowed. */
int spool_close(FILE *spool, struct err *err) MUST_CHECK;

#endif
