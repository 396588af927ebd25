/* Trying a plan out before it is shown. */
#ifndef SCHEMA_REHEARSAL_H
#define SCHEMA_REHEARSAL_H

#include "schema/planner.h"
#include "util/err.h"

/*
 * Runs the steps of the plan after those that rename on private databases with
 * the definitions it touches and rows that are made up, under D1's rules, and
 * checks that all is as it is to be, with every row. What the engine refuses
 * is D1_EREFUSED; a plan that does what it must not is D1_ERROR.
 */
int rehearsal_run(struct planner *planner, struct err *err) MUST_CHECK;

#endif
