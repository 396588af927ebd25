/*
 * Part of a schema in private databases, where SQLite renames things and
 * writes the definitions anew as it does it on the real one.
 */
#ifndef SCHEMA_RENAMEDSCHEMA_H
#define SCHEMA_RENAMEDSCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/blueprint.h"
#include "source/scratch.h"
#include "util/err.h"

enum { RENAMEDSCHEMA_DATABASES = 61 };

/* A table that is renamed, or one of its columns is. */
struct renamedschema_table {
	size_t place;
	const char *name; /* that it gets; NULL: a column gets one */
};

/*
 * SQLite reads all there is several times for each rename: what has nothing to
 * do with each other is in other databases.
 */
struct renamedschema {
	const struct blueprint *from;
	bool *inside;	/* the objects that are in one, by place */
	size_t *groups; /* by place, which hang together (schema/groups.h) */
	struct scratch *scratches[RENAMEDSCHEMA_DATABASES]; /* or NULL */
};

/*
 * Opens it with these tables, their indexes, and the tables that refer to them;
 * with all of a small schema but for what is in dropped[place], as any view may
 * keep SQLite from renaming. The caller closes it, after an error too.
 */
int renamedschema_open(struct renamedschema *self, const struct blueprint *from,
		       const struct renamedschema_table *tables, size_t count,
		       const bool *dropped, struct err *err) MUST_CHECK;
void renamedschema_close(struct renamedschema *self);

/*
 * Runs an ALTER TABLE of one of the tables, by its place; what SQLite refuses
 * is D1_EREFUSED.
 */
int renamedschema_run(struct renamedschema *self, size_t place, const char *sql,
		      struct err *err) MUST_CHECK;

/* Adds to `after` all that there is now, but for what is in dropped[place]. */
int renamedschema_finish(struct renamedschema *self, struct blueprint *after,
			 const bool *dropped, struct err *err) MUST_CHECK;

#endif
