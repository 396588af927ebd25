/*
 * A value in a statement for D1, which takes text parameters only: the
 * expression that makes the value out of them, exactly.
 */
#ifndef SOURCE_BOUND_H
#define SOURCE_BOUND_H

#include "cf/statement.h"
#include "model/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

/* The parameters of a statement in the making. */
struct bound_params {
	struct d1_param params[D1_MAX_PARAMS];
	size_t count;
	struct arena *arena; /* owns their text */
};

/*
 * Appends the expression for `value` and adds its parameters. The value's own
 * bytes are borrowed. More parameters than D1 takes, or out of memory, is an
 * error.
 */
int bound_add(struct buf *sql, struct bound_params *params,
	      const struct value *value, struct err *err) MUST_CHECK;

#endif
