/*
 * Part of a schema in a private database, where SQLite renames things and
 * writes the definitions anew as it does it on the real one.
 */
#ifndef SCHEMA_RENAMEDSCHEMA_H
#define SCHEMA_RENAMEDSCHEMA_H

#include <stdbool.h>

#include "schema/blueprint.h"
#include "source/scratch.h"
#include "util/err.h"

struct renamedschema {
	const struct blueprint *from;
	struct scratch *scratch;
	bool *inside; /* the objects that are in it, by place */
};

/*
 * Opens it with the tables for which wanted[place] is true, their indexes, and
 * the tables that refer to them; with all of a small schema but for what is in
 * dropped[place], as any view may keep SQLite from renaming. The caller closes
 * it, after an error too.
 */
int renamedschema_open(struct renamedschema *self, const struct blueprint *from,
		       const bool *wanted, const bool *dropped,
		       struct err *err) MUST_CHECK;
void renamedschema_close(struct renamedschema *self);

/* Runs an ALTER TABLE; what SQLite refuses is D1_EREFUSED. */
int renamedschema_run(struct renamedschema *self, const char *sql,
		      struct err *err) MUST_CHECK;

/* Adds to `after` all that there is now, but for what is in dropped[place]. */
int renamedschema_finish(struct renamedschema *self, struct blueprint *after,
			 const bool *dropped, struct err *err) MUST_CHECK;

#endif
