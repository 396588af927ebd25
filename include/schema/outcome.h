/* Whether what came of a rehearsal is what was asked for. */
#ifndef SCHEMA_OUTCOME_H
#define SCHEMA_OUTCOME_H

#include <stdbool.h>

#include "schema/blueprint.h"
#include "util/err.h"

struct outcome {
	struct blueprint *from;
	struct blueprint *to;
	const bool *stays;  /* by place in `from`: as it is there; or NULL */
	const bool *wanted; /* by place in `to`; NULL: all of it */
};

/*
 * D1_ERROR unless all that was found is part of `to`, but for what stays, and
 * all that is wanted was found. The blueprints may be completed by it.
 */
int outcome_check(const struct outcome *outcome, struct blueprint *found,
		  struct err *err) MUST_CHECK;

#endif
