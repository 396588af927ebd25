/*
 * A side of a schema command: any endpoint, or a file of definitions.
 */
#ifndef WORKSPACE_SCHEMASIDE_H
#define WORKSPACE_SCHEMASIDE_H

#include <stdbool.h>

#include "schema/blueprint.h"
#include "schema/renames.h"
#include "source/source.h"
#include "util/err.h"
#include "workspace/side.h"
#include "workspace/workspace.h"

struct schemaside {
	bool may_be_absent; /* set before: a local database that is to be made
			     * is fine, and nothing is defined in it */
	struct side side;
	struct source
		*source; /* NULL: it is absent, or no database but texts */
	bool is_absent;
	struct blueprint blueprint;
};

/*
 * Reads the schemas of two sides, which are zeroed but for what is set before.
 * What the comments of the second one's file say of renames is added to
 * `renames`. The caller calls schemaside_close() on both, after an error too.
 */
int schemaside_open_both(struct workspace *workspace,
			 struct schemaside sides[2], const char *const texts[2],
			 struct renames *renames, struct err *err) MUST_CHECK;
void schemaside_close(struct schemaside *self);

/* Reads the schema of a side that was resolved; `renames` may be NULL. */
int schemaside_read(struct workspace *workspace, struct schemaside *self,
		    struct renames *renames, struct err *err) MUST_CHECK;

#endif
