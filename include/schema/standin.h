/*
 * Empty tables that a plan makes for a while, so that SQLite finds what a
 * foreign key refers to: rows can be put into no table, and some tables cannot
 * be dropped, as long as a parent is not there.
 */
#ifndef SCHEMA_STANDIN_H
#define SCHEMA_STANDIN_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/planner.h"
#include "util/err.h"

struct standin {
	const char *name;   /* that it has */
	const char *parent; /* what definitions call it */
	size_t subject;
};

struct standins {
	struct standin *items; /* in the planner's arena */
	size_t count, room;
};

/* True if nothing that is there or comes has the name, nor may have it. */
bool standin_is_possible(const struct planner *planner, const char *table);

/* Finds the missing parents of tables that are made anew. */
int standins_init(struct standins *self, struct planner *planner,
		  struct err *err) MUST_CHECK;

/* Makes them, before rows are copied; D1_EREFUSED: that would not help. */
int standins_make_missing(struct standins *self, struct planner *planner,
			  struct err *err) MUST_CHECK;

/*
 * When order[at] was dropped, with order[at - 1] to order[0] still to come:
 * makes one in its place if one of these drops will look for it.
 */
int standins_replace(struct standins *self, struct planner *planner,
		     const size_t *order, size_t at,
		     struct err *err) MUST_CHECK;

/* Drops all of them. */
int standins_drop(const struct standins *self, struct planner *planner,
		  struct err *err) MUST_CHECK;

#endif
