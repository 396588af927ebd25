/*
 * Tables that are set aside (schema/setaside.h) although a reference to them
 * acts. DROP TABLE deletes rows, and CASCADE, SET NULL, SET DEFAULT or RESTRICT
 * act upon those that refer to them, whatever is deferred
 * (https://www.sqlite.org/foreignkeys.html, 4.3 and 5). So their keys get
 * values before that nobody refers to; only ON UPDATE would act upon that.
 */
#ifndef SCHEMA_DETACH_H
#define SCHEMA_DETACH_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/planner.h"
#include "schema/tabledef.h"
#include "util/err.h"

/*
 * Chooses the columns of the table whose values are changed, given all foreign
 * keys of other tables that refer to it. *possible is false if there are none
 * for a reference that acts, or if SQLite could not say what it would do.
 */
int detach_choose(bool *possible, struct planner *planner, size_t place,
		  const struct tabledef_constraint *const *keys, size_t count,
		  struct err *err) MUST_CHECK;

/* Writes what changes them, if there are any. */
int detach_write(struct planner *planner, size_t place,
		 struct err *err) MUST_CHECK;

#endif
