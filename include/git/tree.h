/*
 * The files of a commit and of the index, read from git's objects, without a
 * checkout.
 *
 * Small blobs come through libgit2. A blob of more than 8 MiB, and one that a
 * partial clone has to fetch first, comes through `git cat-file` with
 * core.bigFileThreshold lowered: libgit2 would hold it in memory as a whole.
 */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include <stdbool.h>

#include "util/err.h"
#include "util/filetree.h"

struct git_repository;

/* A repository that objects are read from, and where it is. */
struct repository {
	struct git_repository *handle;
	char *worktree;	  /* top of the worktree; NULL: bare */
	char *git_dir;	  /* absolute */
	char *common_dir; /* absolute; that of all worktrees */
};

/*
 * Opens the repository around the absolute directory `dir`, honouring GIT_DIR
 * and its kind. D1_ENOTFOUND if there is none. What libgit2 cannot read (a
 * SHA-256 repository) is an error that says so, in git's own words where git
 * refuses it too (safe.directory).
 */
int repository_open(struct repository *repository, const char *dir,
		    struct err *err) MUST_CHECK;
void repository_close(struct repository *repository);

/* A commit's id: 40 digits and a NUL. */
enum { OBJECT_ID_SIZE = 41 };

/*
 * Finds the commit that a revision names ("HEAD", "v1.2~3", an annotated tag),
 * in *id. D1_ENOTFOUND if the text names no commit; a history that a shallow
 * clone cuts off is named in the message.
 */
int repository_commit(const struct repository *repository,
		      char id[OBJECT_ID_SIZE], const char *revision,
		      struct err *err) MUST_CHECK;

/*
 * The files below `folder` (relative to the top, "" for all) in the commit
 * `id`. A folder that is not there is an empty tree. The repository stays open
 * while the tree is.
 */
int commit_tree_open(struct filetree **tree,
		     const struct repository *repository, const char *id,
		     const char *folder, struct err *err) MUST_CHECK;

/*
 * The files below `folder` in the index that git uses now (GIT_INDEX_FILE). A
 * file in conflict is D1_ECONFLICT when it is opened.
 */
int index_tree_open(struct filetree **tree, const struct repository *repository,
		    const char *folder, struct err *err) MUST_CHECK;

#endif
