/*
 * Definitions as SQLite leaves them when tables were renamed away, to be parked
 * under names of their own (https://www.sqlite.org/lang_altertable.html).
 */
#ifndef SCHEMA_PARKED_H
#define SCHEMA_PARKED_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/planner.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Appends the definition of a table or of an index of `from`, by its place,
 * after all tables of the plan that are parked were renamed away, but for those
 * of which stays[place] is true; NULL: none. Names are made in the arena.
 */
int parked_add_definition(struct buf *out, const struct planner *planner,
			  const bool *stays, size_t place, struct arena *arena,
			  struct err *err) MUST_CHECK;

/*
 * *spared is true for an index of `from` that the plan drops at first, and that
 * a rehearsal can do without: SQLite surely makes it, and it keeps no row out,
 * as it is not unique, and all it has are columns, each by its name.
 */
int parked_spares_index(bool *spared, const struct planner *planner,
			size_t place, struct err *err) MUST_CHECK;

#endif
