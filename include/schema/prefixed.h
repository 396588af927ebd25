/*
 * Two schemas under other names, to be rehearsed with on a database that has
 * its own objects: each object is called by scratchname_make(), wherever it is
 * mentioned.
 */
#ifndef SCHEMA_PREFIXED_H
#define SCHEMA_PREFIXED_H

#include "schema/blueprint.h"
#include "schema/namemap.h"
#include "schema/planner.h"
#include "schema/renames.h"
#include "util/arena.h"
#include "util/err.h"

struct prefixed {
	struct blueprint from, to;
	struct renames renames;
	struct namemap set_aside; /* tables that a plan sets aside */
	/* private */
	struct arena arena;
	struct namemap names; /* of all objects; 1: of a virtual table */
};

/*
 * Writes both anew, and what is renamed between them (NULL: nothing). A column
 * that is called as an object is gets the other name, too. The caller calls
 * prefixed_release(), after an error too.
 */
int prefixed_make(struct prefixed *self, const struct blueprint *from,
		  const struct blueprint *to, const struct renames *renames,
		  struct err *err) MUST_CHECK;
void prefixed_release(struct prefixed *self);

/* Notes which tables the plan sets aside, by their other names. */
int prefixed_set_aside(struct prefixed *self, const struct planner *planner,
		       struct err *err) MUST_CHECK;

/* A name for an object of the rehearsal's own; NULL if memory ran out. */
const char *prefixed_own_name(struct prefixed *self, const char *name);

#endif
