/*
 * Statements that take rows out of the way and bring them back: those that a
 * plan parks, and those that would follow them by a foreign key.
 */
#ifndef APPLY_PARKEDROWS_H
#define APPLY_PARKEDROWS_H

#include "apply/plan.h"
#include "apply/step.h"
#include "util/buf.h"

/* Appends the columns of a table as its parked rows have them. */
void parkedrows_add_columns(struct buf *sql, const struct plan_table *table);

/*
 * Appends "child.a=parent.b COLLATE x AND ...": a foreign key compares as the
 * parent's key does.
 */
void parkedrows_add_reference(struct buf *sql,
			      const struct target_reference *reference,
			      const char *child, const char *parent);

/* Makes the tables that the plan needs for rows out of the way. */
int parkedrows_make(const struct plan *plan, struct step_sink *sink,
		    struct err *err) MUST_CHECK;

/*
 * With the parked rows copied into plan_table.own: copies those that refer to
 * them, and deletes all of them where they were, children first.
 */
int parkedrows_leave(const struct plan *plan, struct step_sink *sink,
		     struct err *err) MUST_CHECK;

/* Bring them back, those that waited or those that were parked themselves. */
int parkedrows_return_waiting(const struct plan_table *table,
			      struct step_sink *sink,
			      struct err *err) MUST_CHECK;
int parkedrows_return_own(const struct plan_table *table,
			  struct step_sink *sink, struct err *err) MUST_CHECK;

#endif
