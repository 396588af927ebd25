/* A look at the rows of one table that a plan changes. */
#ifndef SCHEMA_LIVELOOK_H
#define SCHEMA_LIVELOOK_H

#include <stdbool.h>

#include "schema/nextrows.h"
#include "schema/planner.h"
#include "util/buf.h"
#include "util/err.h"

struct livelook {
	struct planner *planner;
	const char *table; /* its name after what is renamed */
	const struct tabledef *a, *b;
	struct nextrows *next; /* its rows as they will be */
};

/* True if the constraint was there before. */
bool livelook_is_old(const struct tabledef *a,
		     const struct tabledef_constraint *constraint);

/*
 * Refuses if rows fulfil the condition in `where`, which is released: `what`
 * says what is wrong with them.
 */
int livelook_refuse(const struct livelook *look, struct buf *where,
		    const char *what, const char *remedy,
		    struct err *err) MUST_CHECK;

/*
 * The same for rows as they will be. What the engine does not understand is no
 * reason: the rehearsal says what is wrong.
 */
int livelook_refuse_next(const struct livelook *look, struct buf *where,
			 const char *what, const char *remedy,
			 struct err *err) MUST_CHECK;

#endif
