/* Rows that are alike where no two may be, after a plan. */
#ifndef SCHEMA_LIVEKEYS_H
#define SCHEMA_LIVEKEYS_H

#include "schema/livelook.h"
#include "util/err.h"

/* Refuses them by the keys of a table, with the first of them. */
int livekeys_check(const struct livelook *look, struct err *err) MUST_CHECK;

/*
 * The same by unique indexes that are new, or whose columns change: of
 * expressions, with collations, and partial ones too.
 */
int livekeys_check_indexes(struct planner *planner, struct err *err) MUST_CHECK;

#endif
