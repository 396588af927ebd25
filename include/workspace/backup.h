/*
 * The way back from a write, in an entry of the journal: a patch of its rows,
 * or, where none takes it back, as with one of the schema, the bookmark of a
 * remote database or a copy of a file.
 */
#ifndef WORKSPACE_BACKUP_H
#define WORKSPACE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "apply/changes.h"
#include "apply/journal.h"
#include "util/err.h"
#include "workspace/side.h"
#include "workspace/workspace.h"

struct backup {
	/* what is asked for; borrowed */
	struct workspace *workspace;
	struct side *side;   /* the database that is written */
	const char *command; /* for the journal */
	/* what came out */
	struct journal *journal;
	char *target;		  /* what the journal calls the database */
	char *bookmark;		  /* before the write; NULL: a file */
	int64_t keep;		  /* seconds that entries are kept */
	char id[JOURNAL_ID_SIZE]; /* of the entry; "": none */
};

/*
 * Opens the journal, and notes what became of earlier writes to the database,
 * which is open as `source`; NULL: it is not there yet. The caller calls
 * backup_close(), after an error too.
 */
int backup_open(struct backup *backup, struct source *source,
		struct err *err) MUST_CHECK;
void backup_close(struct backup *backup);

/*
 * Keeps the entry, once; later calls do nothing. `path` is of the file, which
 * is there, and may be locked for writing, but is not changed yet; NULL for a
 * remote database. D1_EREFUSED for one without Time Travel.
 */
int backup_take(struct backup *backup, const char *path,
		struct err *err) MUST_CHECK;

/*
 * The same with the patch that takes back the changes, which are to be written.
 */
int backup_take_rows(struct backup *backup, struct changes *changes,
		     struct err *err) MUST_CHECK;

/*
 * Notes that something was written, and forgets entries that are too old; or
 * that nothing was, and there is no entry then.
 */
int backup_settle(struct backup *backup, bool written,
		  struct err *err) MUST_CHECK;

/* d1.undoKeep: how many seconds entries of the journal are kept. */
int backup_read_keep(struct workspace *workspace, int64_t *keep,
		     struct err *err) MUST_CHECK;

/* Forgets old entries; a failure is a warning. */
void backup_prune(struct journal *journal, int64_t keep);

/*
 * Writes changes of rows of the side as a patch that can be applied to it.
 * `flags` is of enum replay_flag.
 */
int backup_write_patch(const struct side *side, struct changes *const *lists,
		       size_t nlists, unsigned flags, FILE *out,
		       struct err *err) MUST_CHECK;

/* Makes the copy of the file for the entry that was begun. */
int backup_copy_file(struct journal *journal, const char *path,
		     struct err *err) MUST_CHECK;

#endif
