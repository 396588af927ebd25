/*
 * Which triggers of a remote database must be held while rows are written: by
 * the rule of apply/triggers.h, found out on a copy of its definitions.
 */
#ifndef APPLY_FIRING_H
#define APPLY_FIRING_H

#include "apply/plan.h"

/* Fills plan_table.held of all tables of the plan, and plan.odd_trigger. */
int firing_find(struct plan *plan, struct err *err) MUST_CHECK;

#endif
