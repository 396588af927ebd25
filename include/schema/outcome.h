/* Whether what came of a rehearsal is what was asked for. */
#ifndef SCHEMA_OUTCOME_H
#define SCHEMA_OUTCOME_H

#include <stdbool.h>

#include "schema/blueprint.h"
#include "util/err.h"

/*
 * D1_ERROR unless all that was found is part of `to`, and each wanted[place]
 * of that was found; NULL: all of them. Both may be completed by it.
 */
int outcome_check(struct blueprint *found, struct blueprint *to,
		  const bool *wanted, struct err *err) MUST_CHECK;

#endif
