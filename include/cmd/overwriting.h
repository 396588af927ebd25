/*
 * What a snapshot takes the place of in the worktree: conflicts that a merge
 * left, and rows that the local database never had, because a merge, a checkout
 * or an editor put them into the files.
 */
#ifndef CMD_OVERWRITING_H
#define CMD_OVERWRITING_H

#include "util/buf.h"
#include "util/filetree.h"
#include "workspace/workspace.h"

struct overwriting {
	struct filetree *files;	 /* of the worktree, borrowed; NULL: none */
	struct filetree *record; /* of the database; NULL: none */
	struct buf strange;	 /* files with such rows, one a line */
	size_t count;
};

/* D1_ECONFLICT if git has a file below `folder` (absolute) in conflict. */
int overwriting_check(struct workspace *workspace, const char *folder,
		      struct err *err) MUST_CHECK;

/*
 * Begins to watch what becomes of `files`. `path` is where the local database
 * is; NULL: another one is read, of which nothing is known. Without a record
 * nothing is known either. The caller releases it.
 */
void overwriting_begin(struct overwriting *overwriting,
		       struct workspace *workspace, struct filetree *files,
		       const char *path);

/*
 * Notes the file at `path`, which is about to be changed or removed, if it is
 * another than in the record.
 */
void overwriting_note(struct overwriting *overwriting, const char *path);

/* Forgets what was noted. */
void overwriting_clear(struct overwriting *overwriting);

/* Warns of what was noted. `shown` is what messages call the folder. */
void overwriting_warn(const struct overwriting *overwriting, const char *shown);
void overwriting_release(struct overwriting *overwriting);

#endif
