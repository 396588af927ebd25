/*
 * Looks at the rows of the database that a plan is for, if there is one: what
 * they break is told before anything runs.
 */
#ifndef SCHEMA_LIVECHECK_H
#define SCHEMA_LIVECHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/planner.h"
#include "util/err.h"

/* *empty is true if the table is known to hold no row. */
int livecheck_is_empty(bool *empty, const struct planner *planner,
		       const char *table, struct err *err) MUST_CHECK;

/*
 * Rows that the new definition of a table does not allow are D1_EREFUSED, with
 * the first of them: NULLs, duplicates, what a CHECK or a type forbids, and
 * foreign keys that lead nowhere; also in columns that are new or generated.
 */
int livecheck_table(struct planner *planner, size_t place,
		    const struct tabledef *a, const struct tabledef *b,
		    struct err *err) MUST_CHECK;

#endif
