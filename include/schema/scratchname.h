/*
 * Names for what a rehearsal makes on the database itself: git_d1_scratch_,
 * a digest of the rest, and the rest, which is the name that an object has
 * else. By the digest it is told from what somebody else has called so.
 */
#ifndef SCHEMA_SCRATCHNAME_H
#define SCHEMA_SCRATCHNAME_H

#include <stdbool.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/compiler.h"

/* What all of them begin with. */
extern const char scratchname_prefix[];

/* The name for an object; NULL if memory ran out. */
char *scratchname_make(struct arena *arena, const char *name) MUST_CHECK;

/* True for a name that scratchname_make() has made, in any letter case. */
bool scratchname_is(const char *name);

/*
 * The name under which an object is parked for a while: `parked`, or, if the
 * object is there for a rehearsal only, the name of such a one; NULL if memory
 * ran out.
 */
const char *scratchname_park(struct arena *arena, const char *object,
			     const char *parked) MUST_CHECK;

/* Appends a text in which each of them is the plain name again. */
void scratchname_add_plain(struct buf *out, const char *text);

#endif
