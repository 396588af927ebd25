/*
 * What a plan checks and holds around the rows it writes: the definitions of
 * the tables, their triggers, and foreign keys.
 */
#ifndef APPLY_PLANGUARD_H
#define APPLY_PLANGUARD_H

#include "apply/plan.h"
#include "apply/step.h"

/* The call fails if the table is not defined as when the plan was made. */
int planguard_definition(struct step_sink *sink, const struct plan_table *table,
			 struct err *err) MUST_CHECK;

/* Drop the triggers that must not fire, and make all of the table's again. */
int planguard_hold_triggers(struct step_sink *sink,
			    const struct plan_table *table,
			    struct err *err) MUST_CHECK;
int planguard_make_triggers(struct step_sink *sink,
			    const struct plan_table *table,
			    struct err *err) MUST_CHECK;

/* The call fails if a foreign key points nowhere that did not before. */
int planguard_references(const struct plan *plan, struct step_sink *sink,
			 struct err *err) MUST_CHECK;

#endif
