/* Making the tables of a database, by migrations or by a snapshot's files. */
#ifndef APPLY_DEFINITIONS_H
#define APPLY_DEFINITIONS_H

#include "apply/sqlite.h"
#include "util/err.h"
#include "util/filetree.h"

/*
 * Runs one migration of the folder `files`, which messages call `label`, and
 * notes it in the ledger, a table that is there.
 */
int definitions_migrate(struct sqlite_target *target, struct filetree *files,
			const char *label, const char *name, const char *ledger,
			struct err *err) MUST_CHECK;

/*
 * Runs schema.sql and triggers.sql of a snapshot, which messages call `label`.
 * The second may be missing.
 */
int definitions_make(struct sqlite_target *target, struct filetree *snapshot,
		     const char *label, struct err *err) MUST_CHECK;

#endif
