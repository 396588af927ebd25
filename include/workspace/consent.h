/*
 * Before a remote database is written: which one it is, that it was meant, and
 * that so many rows were meant.
 */
#ifndef WORKSPACE_CONSENT_H
#define WORKSPACE_CONSENT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "apply/changes.h"
#include "source/source.h"
#include "util/err.h"
#include "workspace/side.h"

struct workspace;

/* What the command line says. */
struct consent_options {
	long long
		yes; /* so many rows may be changed or deleted; -1: not said */
	bool no_limit;
};

/* The options that fill it. `member` is the struct within `structure`. */
#define CONSENT_OPTIONS(structure, member) \
	OPTION_NUMBER(0, "yes", structure, member yes, "n", 0, LLONG_MAX, \
		      "write also if <n> rows are updated or deleted"), \
		OPTION_FLAG(0, "no-limit", structure, member no_limit, \
			    "write however many rows are updated or deleted")

/*
 * Says on standard error which remote database is to be written. D1_EREFUSED if
 * it is protected, or if its name was not spelled in the endpoint and is not
 * typed at a terminal either. Not for local databases. `command` takes the name
 * of a database, as "git d1 push" does; NULL: an endpoint is asked for.
 */
int consent_target(struct workspace *workspace, const struct side *side,
		   const char *command, struct err *err) MUST_CHECK;

/*
 * The same before a deploy, which may write protected databases. `spelled`
 * tells whether the command line has the name.
 */
int consent_deploy(const struct workspace *workspace, const struct side *side,
		   bool spelled, struct err *err) MUST_CHECK;

/*
 * D1_EREFUSED if more than 100 rows, or more than 10 and a tenth of a table,
 * are to be updated or deleted, and that number was not confirmed.
 */
int consent_rows(const struct consent_options *options,
		 struct changes *const *lists, size_t nlists,
		 struct source *source, struct err *err) MUST_CHECK;

#endif
