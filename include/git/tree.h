/*
 * The files of a commit and of the index, read from git's objects, without a
 * checkout.
 *
 * Small blobs come through libgit2. A blob of more than 8 MiB, and one that a
 * partial clone has to fetch first, comes through `git cat-file` with
 * core.bigFileThreshold lowered: libgit2 would hold it in memory as a whole.
 * (What is packed as a difference from a larger blob needs the memory of that
 * one while it is opened: there is no other way to unpack it.)
 */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include "git/repository.h"
#include "util/err.h"
#include "util/filetree.h"

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

/*
 * The id of the file or folder at `path` (relative to the top, "" for all) in
 * the commit, in *id; "" if there is nothing, or something else. Equal ids,
 * equal contents: a commit whose path has the id of its parent's did not touch
 * it.
 */
int commit_path_id(const struct repository *repository, char id[OBJECT_ID_SIZE],
		   const char *commit, const char *path,
		   struct err *err) MUST_CHECK;

#endif
