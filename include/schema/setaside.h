/*
 * Tables that are made anew while the tables that refer to them stay as they
 * are: their rows are set aside in a copy without references, they are dropped,
 * made at once, since what acts upon other children may look for them, and
 * filled again. D1 counts the rows of children that refer to nothing meanwhile,
 * and finds none at the end (https://www.sqlite.org/foreignkeys.html, 4.2).
 * Else a table is renamed away, and SQLite makes its children refer to the old
 * one, so that they have to be copied as well, and theirs.
 */
#ifndef SCHEMA_SETASIDE_H
#define SCHEMA_SETASIDE_H

#include "schema/planner.h"
#include "util/err.h"

/*
 * Chooses which of the tables that are rebuilt are set aside, and has the
 * children of the others copied.
 */
int setaside_choose(struct planner *planner, struct err *err) MUST_CHECK;

/*
 * Writes what sets those of the tables aside that are, in this order: parents
 * before children, whose definitions may be others then. A child without an
 * index on its reference would be read once for each row: it has one meanwhile.
 */
int setaside_write(struct planner *planner, const size_t *order, size_t count,
		   struct err *err) MUST_CHECK;

#endif
