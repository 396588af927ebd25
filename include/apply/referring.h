/* Rows that refer to others by a foreign key: what of them it goes by. */
#ifndef APPLY_REFERRING_H
#define APPLY_REFERRING_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/changes.h"
#include "apply/effecttuples.h"
#include "apply/target.h"
#include "util/buf.h"

/* Foreign keys of more columns are not followed. */
enum { REFERRING_MAX_COLUMNS = 128 };

/*
 * Fills the arrays with the row's values of those columns, which it borrows;
 * false if one is NULL, or none of the table's.
 */
bool referring_tuple(struct tuple *tuple, const struct value **values,
		     enum collation *collations,
		     const struct changed_table *table, const struct row *row,
		     const char *const *columns, size_t count);

/* Under which its columns are compared. */
void referring_collations(enum collation *collations,
			  const struct target_reference *reference);

/* Appends "(<columns of the child>) IN (", to be followed by SQL values. */
void referring_add_condition(struct buf *where,
			     const struct target_reference *reference);

#endif
