/* Carrying migrations out on a database, each with its row in the ledger. */
#ifndef WORKSPACE_MIGRATING_H
#define WORKSPACE_MIGRATING_H

#include <stdbool.h>

#include "util/err.h"
#include "workspace/backup.h"
#include "workspace/migrationview.h"

struct migrating {
	struct migration_view *view; /* open; borrowed */
	bool consented;		     /* to this target, before it begins */
	struct backup backup;
	char *path;   /* of the file that is written; NULL: a remote database */
	bool written; /* something was, or may have been */
	bool unknown; /* nobody knows whether the last one was applied */
};

/*
 * Gets ready to write. A remote database is written only with the user's
 * consent; a local one is no longer open for reading afterwards. D1_EREFUSED
 * if it is none that can be written. The caller calls migrating_end(), after an
 * error too.
 */
int migrating_begin(struct migrating *self, struct migration_view *view,
		    const char *command, struct err *err) MUST_CHECK;

/*
 * Runs the migration in one transaction with its row in the ledger; the first
 * time the way back is kept before. *done is false if somebody else has applied
 * it meanwhile. An error leaves the database as it was, and names file, line
 * and statement.
 */
int migrating_run(struct migrating *self, const char *name, bool *done,
		  struct err *err) MUST_CHECK;

/*
 * Makes the ledger say that just the first `count` migrations of the folder are
 * applied, besides those that are not in the folder, without running any: all
 * or nothing. D1_ECONFLICT if the ledger or the schema is not as it was read.
 */
int migrating_note(struct migrating *self, size_t count,
		   struct err *err) MUST_CHECK;

/* Notes in the journal what became of it. */
int migrating_settle(struct migrating *self, struct err *err) MUST_CHECK;
void migrating_end(struct migrating *self);

#endif
