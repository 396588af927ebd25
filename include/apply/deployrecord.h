/*
 * What a deploy is about to do, on disk before it does it: who comes after one
 * that was broken off sees which one it was, at which step it ended, and which
 * rows were behind before it (apply/priorrows.h).
 *
 * It is a SQLite file for its owner alone, one for each database that is
 * deployed to, there from before the first write until all is done, or nothing
 * of it is there any more.
 */
#ifndef APPLY_DEPLOYRECORD_H
#define APPLY_DEPLOYRECORD_H

#include <stdbool.h>

#include "util/err.h"

struct sqlite3;
struct deploy_record;

/* What is noted of a deploy. */
enum deploy_note {
	DEPLOY_NOTE_COMMIT,   /* its id */
	DEPLOY_NOTE_PLAN,     /* the plan's digest */
	DEPLOY_NOTE_STEP,     /* that was begun last: "migrations" */
	DEPLOY_NOTE_BEGAN,    /* "2026-11-21T09:30:05Z" */
	DEPLOY_NOTE_BOOKMARK, /* before the first write */
	DEPLOY_NOTE_LEFT,     /* the bookmark that the last migration left */
	DEPLOY_NOTES,
};

/*
 * Opens the record of that database, named as the journal does, in the folder;
 * there need be none. With `writes`, D1_EREFUSED if the deploy that made it is
 * still under way; without, it is seen as it is.
 */
int deploy_record_open(struct deploy_record **record, const char *dir,
		       const char *target, bool writes,
		       struct err *err) MUST_CHECK;

/* NULL is allowed. The file stays. */
void deploy_record_close(struct deploy_record *record);

/* True if there is one, of a deploy that was broken off. */
bool deploy_record_is_there(const struct deploy_record *record);

/* True if it cannot be read, since its deploy is under way. */
bool deploy_record_is_busy(const struct deploy_record *record);

/* What it says, until it says something else; NULL: nothing. */
const char *deploy_record_note(const struct deploy_record *record,
			       enum deploy_note note);

/*
 * Begins to write, in a transaction: makes the file, and its folder, if it is
 * not there. D1_EREFUSED if another deploy was faster.
 */
int deploy_record_begin(struct deploy_record *record,
			struct err *err) MUST_CHECK;

/* Notes it; NULL: nothing. It lasts at once, or when the transaction ends. */
int deploy_record_set(struct deploy_record *record, enum deploy_note note,
		      const char *text, struct err *err) MUST_CHECK;

/* Ends the transaction: the record is on disk when this returns 0. */
int deploy_record_keep(struct deploy_record *record,
		       struct err *err) MUST_CHECK;

/* The file; NULL: it is not there. */
struct sqlite3 *deploy_record_database(struct deploy_record *record);

/* Removes the file. */
int deploy_record_forget(struct deploy_record *record,
			 struct err *err) MUST_CHECK;

#endif
