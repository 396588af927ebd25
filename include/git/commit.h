/*
 * Commits that git-d1 makes for itself, under refs/d1/: snapshots that no
 * branch holds. Their objects are written through libgit2, the refs by
 * `git update-ref`.
 */
#ifndef GIT_COMMIT_H
#define GIT_COMMIT_H

#include <stdint.h>

#include "git/tree.h"
#include "util/err.h"
#include "util/filesink.h"

/* The trailers that name the database by its id, and a local file. */
#define TRAILER_DATABASE "D1-Database"
#define TRAILER_LOCAL "D1-Local"

/*
 * A sink that writes files as blobs. Publishing makes a tree of exactly the
 * files that were written, found by tree_sink_id(). There is nothing to compare
 * with: each file is FILE_NEW, and removing does nothing. Objects that are not
 * published stay until `git gc` finds that nobody uses them.
 */
int tree_sink_open(struct filesink **sink, const struct repository *repository,
		   struct err *err) MUST_CHECK;

/*
 * The tree that publishing made: 40 digits, as long as the sink is open; "" if
 * nothing was published.
 */
const char *tree_sink_id(const struct filesink *sink);

/* What a ref of git-d1's own is to point to. */
struct ref_update {
	const char *ref;     /* "refs/d1/shop/remote" */
	const char *tree;    /* id */
	const char *message; /* with its trailers */
	const char *reason;  /* for the reflog */
};

/*
 * Commits the tree on top of what the ref points to, and moves the ref there.
 * *moved is false, and nothing is made, if the ref's commit has that tree
 * already and the same message. D1_ECONFLICT if the ref moved meanwhile,
 * D1_EREFUSED if it is not below refs/d1/. Who has told git no name commits as
 * git-d1.
 */
int repository_update_ref(const struct repository *repository,
			  const struct ref_update *update, bool *moved,
			  struct err *err) MUST_CHECK;

/* A ref of git-d1's own, as it was found. */
struct own_ref {
	const char *name;
	char id[OBJECT_ID_SIZE];
	int64_t time; /* when its commit was made, in seconds */
};

typedef int own_ref_fn(void *context, const struct own_ref *ref,
		       struct err *err);

/*
 * Hands each ref below `folder`, "refs/d1/base/", that is a commit to `use`,
 * which may forget it. An error of `use` ends it.
 */
int repository_each_ref(const struct repository *repository, const char *folder,
			own_ref_fn *use, void *context,
			struct err *err) MUST_CHECK;

/* Deletes the ref, if it is still what was found. */
int repository_forget_ref(const struct repository *repository,
			  const struct own_ref *ref,
			  struct err *err) MUST_CHECK;

/*
 * The value of a trailer of the commit's message, in *value, which the caller
 * frees; NULL if there is none. The name counts in any letter case, and the
 * last of several.
 */
int commit_trailer(char **value, const struct repository *repository,
		   const char *id, const char *name,
		   struct err *err) MUST_CHECK;

#endif
