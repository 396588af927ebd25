/*
 * Rows that would go along with others and that nobody has seen: a row that
 * came after the comparison, and refers to one that is to be deleted, would be
 * lost by ON DELETE CASCADE, SET NULL or SET DEFAULT.
 *
 * Where rows act on each other, or triggers on them, that is told before
 * anything is written: the places of the rows that the changes name are noted,
 * and no other row may refer to one that goes.
 */
#ifndef APPLY_KNOWNROWS_H
#define APPLY_KNOWNROWS_H

#include "apply/rowflow.h"

/* What a call that fails for that has in its message. */
#define KNOWN_ROWS_GUARD "git-d1 guard child"

/*
 * True if it must be told so early about rows that are deleted from the table.
 * Elsewhere it is told at the deletion.
 */
bool known_rows_are_needed(const struct plan *plan,
			   const struct plan_table *table);

/* Takes the steps that let the call fail if there is such a row. */
int known_rows_guard(struct writing *writing, struct err *err) MUST_CHECK;

#endif
