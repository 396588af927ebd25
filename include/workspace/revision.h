/*
 * The files that belong to a database, of a commit or of the worktree: its
 * snapshot and its migrations.
 */
#ifndef WORKSPACE_REVISION_H
#define WORKSPACE_REVISION_H

#include "config/project.h"
#include "git/tree.h"
#include "migrate/files.h"
#include "util/err.h"
#include "util/filetree.h"

struct revision {
	const char *name; /* as it was given: "HEAD", "snapshot" */
	const struct repository *repository; /* NULL: files of the worktree */
	char id[OBJECT_ID_SIZE];	     /* of the commit; else "" */
	/* folders: absolute, or below the top of the commit */
	char *snapshot;
	char *migrations;
	char *migrations_path; /* below the top of a commit; NULL: outside */
	/* what messages call them: "HEAD:d1/shop", "d1/shop" */
	char *snapshot_label;
	char *migrations_label;
};

/*
 * Finds out where the files are; "snapshot" is the worktree. The project, the
 * name and the repository (NULL: there is none) are borrowed. D1_ENOTFOUND if
 * there is no such commit. The caller releases it, after an error too.
 */
int revision_find(struct revision *revision, const char *name,
		  const struct repository *repository,
		  const struct project *project,
		  const struct database *database, struct err *err) MUST_CHECK;
void revision_release(struct revision *revision);

/* Opens the snapshot's files. D1_ENOTFOUND if there are none at all. */
int revision_open_snapshot(struct filetree **tree,
			   const struct revision *revision,
			   struct err *err) MUST_CHECK;

/*
 * Opens the folder of the migrations (*tree is NULL if there is none), and
 * lists them. The caller releases both, after an error too.
 */
int revision_list_migrations(struct migrations *migrations,
			     struct filetree **tree,
			     const struct revision *revision,
			     const struct project *project,
			     const struct database *database,
			     struct err *err) MUST_CHECK;

#endif
