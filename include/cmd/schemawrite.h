/* Carrying a plan for a schema out on a database, all or nothing. */
#ifndef CMD_SCHEMAWRITE_H
#define CMD_SCHEMAWRITE_H

#include <stdbool.h>

#include "schema/schemaplan.h"
#include "util/err.h"
#include "workspace/schemaside.h"

struct schemawrite {
	/* what is asked for; borrowed */
	struct workspace *workspace;
	struct schemaside *target; /* open; a local one is closed by it */
	struct blueprint *wanted;
	const struct schemaplan *plan;
	const char *command; /* for the journal */
	bool is_consented;   /* the user was asked about the target */
};

/*
 * Asks for consent where the target is remote, keeps the way back in the
 * journal, runs the plan, and reads the schema again. D1_ECONFLICT, and nothing
 * is written, if the schema is no longer the one that the plan was made for.
 * D1_EUNPLANNED if it was written and is something else now.
 */
int schemawrite_run(const struct schemawrite *self, struct err *err) MUST_CHECK;

#endif
