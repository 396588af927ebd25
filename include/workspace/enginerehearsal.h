/*
 * The scratch strategy "prefix": a plan for a schema is tried out on the very
 * database it is for, with objects of other names, in a transaction that is
 * undone.
 */
#ifndef WORKSPACE_ENGINEREHEARSAL_H
#define WORKSPACE_ENGINEREHEARSAL_H

#include "schema/planner.h"
#include "schema/renames.h"
#include "util/err.h"
#include "workspace/schemaside.h"

struct enginerehearsal {
	struct workspace *workspace;
	struct schemaside *target; /* open; it may be opened anew */
	struct schemaside *to;
	const struct renames *renames;
};

/*
 * For struct schemaplan_options; `context` is a struct enginerehearsal. What an
 * earlier one left behind is dropped first. D1_EREFUSED if the target is no
 * database, is protected, or was not named; the first two are what
 * enginerehearsal_check() says before anything is planned.
 */
int enginerehearsal_run(void *context, struct planner *planner,
			struct err *err) MUST_CHECK;

/* A remote target is named to the user, and must have been named by him. */
int enginerehearsal_check(const struct enginerehearsal *self,
			  struct err *err) MUST_CHECK;

#endif
