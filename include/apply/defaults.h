/* What a column has in rows that were there before it was added. */
#ifndef APPLY_DEFAULTS_H
#define APPLY_DEFAULTS_H

#include "model/affinity.h"
#include "model/value.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"

/* Is told of a column's default, which lives in the arena; NULL: none known. */
typedef int default_use_fn(void *context, const char *column,
			   const struct value *value, struct err *err);

/*
 * Tells `use` of each column of a table what its default is, as it would be
 * stored; NULL if it is not a constant. The source has an engine.
 */
int source_defaults(struct source *source, const char *table,
		    struct arena *arena, default_use_fn *use, void *context,
		    struct err *err) MUST_CHECK;

/*
 * Makes of the value what a column of that affinity would hold, in `arena`:
 * SQLite itself is asked.
 */
int default_store(struct value *value, enum affinity affinity,
		  struct arena *arena, struct err *err) MUST_CHECK;

#endif
