/*
 * How SQLite finds the rows that refer to a row: by an index on a column of the
 * reference, or it reads the whole child for each row that goes or comes
 * (https://www.sqlite.org/foreignkeys.html, 3).
 */
#ifndef SCHEMA_CHILDSEARCH_H
#define SCHEMA_CHILDSEARCH_H

#include <stdbool.h>

#include "schema/planner.h"
#include "schema/tabledef.h"
#include "util/err.h"

/* True if SQLite could find rows by an index on a column of the foreign key. */
bool childsearch_is_possible(const struct tabledef_constraint *key,
			     const struct tabledef *child,
			     const struct tabledef *parent);

/* Writes what makes each index that children of tables set aside lack. */
int childsearch_make_indexes(struct planner *planner,
			     struct err *err) MUST_CHECK;

/* Writes what drops them, when the tables are filled again. */
int childsearch_drop_indexes(struct planner *planner,
			     struct err *err) MUST_CHECK;

#endif
