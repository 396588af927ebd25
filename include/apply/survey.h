/*
 * A look at all changes of a plan before any is sent: what D1 would not take,
 * which columns change together, and which rows must be parked.
 */
#ifndef APPLY_SURVEY_H
#define APPLY_SURVEY_H

#include "apply/plan.h"

/*
 * Looks at the changes of a table, whose entries and flags are set. A value or
 * a row that is too long is D1_EREFUSED, with table, key, column and size.
 */
int survey_table(struct plan *plan, struct plan_table *table,
		 struct err *err) MUST_CHECK;

/* Parks all rows of a table whose parking moves other rows of it. */
int survey_park_all(struct plan *plan, struct plan_table *table,
		    struct err *err) MUST_CHECK;

/* True if an update changes the cells of that group of the entry. */
bool survey_is_of_group(const struct plan_entry *entry, size_t group,
			const struct row_change *change);

/* Appends "table 't', row a=1, b='x'" for a row of the entry. */
void survey_add_row(struct buf *text, const struct plan_entry *entry,
		    const struct row *row);

#endif
