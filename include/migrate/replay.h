/*
 * A private SQLite database in which migrations are run one after another,
 * each as D1 runs it: in a transaction of its own with its row in the ledger.
 * It shows what they define without touching anybody's database. There are no
 * rows but theirs, so a foreign key is no reason to fail.
 */
#ifndef MIGRATE_REPLAY_H
#define MIGRATE_REPLAY_H

#include "schema/objects.h"
#include "util/err.h"
#include "util/filetree.h"
#include "util/stream.h"

struct sqlite3;
struct replay;

/* Opens an empty one with the ledger `table`, a name that is borrowed. */
int replay_open(struct replay **replay, const char *table,
		struct err *err) MUST_CHECK;

/* Frees it, and all that is in it; NULL is allowed. */
void replay_close(struct replay *replay);

/* Its handle, which it closes itself. */
struct sqlite3 *replay_database(const struct replay *replay);

/*
 * Runs the migration `name`, whose text is the stream, which is taken. `folder`
 * is what messages call the place of the file. One that fails leaves the
 * database as it was.
 */
int replay_run(struct replay *replay, const char *folder, const char *name,
	       struct stream *text, struct err *err) MUST_CHECK;

/* The same for a file of the folder. */
int replay_file(struct replay *replay, struct filetree *files,
		const char *folder, const char *name,
		struct err *err) MUST_CHECK;

/*
 * Runs schema.sql and triggers.sql of a snapshot, which messages call `label`.
 * The second may be missing.
 */
int replay_snapshot(struct replay *replay, struct filetree *snapshot,
		    const char *label, struct err *err) MUST_CHECK;

/*
 * Makes the rows of the tables that both have those of the source: triggers do
 * not fire, nothing is checked but UNIQUE. What the source does not have of a
 * row is its default, or an empty text where the table wants something.
 */
int replay_load(struct replay *replay, struct source *source,
		struct err *err) MUST_CHECK;

/* Drops the ledger, after the last migration. */
int replay_drop_ledger(struct replay *replay, struct err *err) MUST_CHECK;

/* Makes it a copy of the SQLite file at `path`, or of another replay. */
int replay_copy_file(struct replay *replay, const char *path,
		     struct err *err) MUST_CHECK;
int replay_copy(struct replay *replay, const struct replay *other,
		struct err *err) MUST_CHECK;

/*
 * Says that the rows are here that are there: from now on a migration fails if
 * a foreign key does.
 */
void replay_enforce(struct replay *replay);

/*
 * What is defined now; released by the caller, after an error too. The ledger
 * is among it, unless it has one of the usual names.
 */
int replay_objects(struct replay *replay, struct objects *objects,
		   struct err *err) MUST_CHECK;

#endif
