/*
 * Whether rows can step aside where they are, instead of being parked: with
 * NULL, or a text that is nobody's, in place of a unique value.
 */
#ifndef APPLY_DISPLACEMENT_H
#define APPLY_DISPLACEMENT_H

#include "apply/plan.h"

/*
 * Has the rows of the table that are parked displaced instead, if parking them
 * would move rows of other tables, and if their columns allow it.
 */
int displace_rows(struct plan *plan, struct plan_table *table,
		  struct err *err) MUST_CHECK;

#endif
