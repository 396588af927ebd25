/*
 * The record of what a local database was last made like, or last written to a
 * snapshot: a commit whose tree is that snapshot, under refs/d1/local/<id>. It
 * is the base of the next restore. The id belongs to this very file: one that
 * was deleted and made again has no record.
 *
 * To make objects of a large snapshot takes longer than to write it. So its
 * files are only linked first, below `d1/local/<id>/<name>` in git's common
 * folder, and the next that opens the record makes the commit. If one of them
 * was written in place meanwhile, the record stays what it was before.
 */
#ifndef WORKSPACE_RECORD_H
#define WORKSPACE_RECORD_H

#include "git/commit.h"
#include "util/err.h"
#include "util/filetree.h"

/* "refs/d1/local/" and 16 digits, and a NUL. */
enum { RECORD_REF_SIZE = 31 };

/* The ref of the file at `path`, which is there. */
int record_ref(char ref[RECORD_REF_SIZE], const char *path,
	       struct err *err) MUST_CHECK;

/* The files of the record; *tree is NULL if there is none. */
int record_open(struct filetree **tree, const struct repository *repository,
		const char *ref, struct err *err) MUST_CHECK;

/* The same for a look at some of them: no commit is made for it. */
int record_look(struct filetree **tree, const struct repository *repository,
		const char *ref, struct err *err) MUST_CHECK;

/* A record that is made, but not in force yet. */
struct record {
	const struct repository *repository;
	char ref[RECORD_REF_SIZE];
	struct filesink *sink;
};

/*
 * Writes the objects of a record for the file at `path`: the files of the
 * snapshot. If `tables` (NULL-terminated) is not NULL the data of these tables
 * only, and that of the others as it is in the record so far. The caller
 * releases it, after an error too.
 */
int record_prepare(struct record *record, const struct repository *repository,
		   const char *path, struct filetree *snapshot,
		   const char *const *tables, struct err *err) MUST_CHECK;

/* Puts it in force, for the database of that name; `reason` says why. */
int record_keep(struct record *record, const char *database, const char *reason,
		struct err *err) MUST_CHECK;
void record_release(struct record *record);

/*
 * All of that at once, for a snapshot that was taken of the file at `path`:
 * `folder` is where its files are. Nothing is moved if the record says so
 * already.
 */
int record_take(const struct repository *repository, const char *path,
		const char *folder, const char *database,
		struct err *err) MUST_CHECK;

#endif
