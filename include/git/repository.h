/*
 * The repository around a directory: objects are read through libgit2, and
 * what libgit2 cannot do is asked of git itself.
 */
#ifndef GIT_REPOSITORY_H
#define GIT_REPOSITORY_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/child.h"
#include "util/err.h"

struct git_repository;

/* A repository that objects are read from, and where it is. */
struct repository {
	struct git_repository *handle;
	char *worktree;	  /* top of the worktree; NULL: bare */
	char *git_dir;	  /* absolute */
	char *common_dir; /* absolute; that of all worktrees */
	char *run_dir;	  /* where git is to be run; NULL: here */
};

/* An empty one, which repository_close() takes. */
#define REPOSITORY_INIT \
	{ \
		.handle = NULL \
	}

/* A commit's id: 40 digits and a NUL. */
enum { OBJECT_ID_SIZE = 41 };

/*
 * The top of the worktree around the absolute directory `dir`, in *top, which
 * the caller frees; NULL outside a repository and in a bare one. GIT_DIR and
 * its kind are honoured. A repository that cannot be used is an error with
 * git's own words (libgit2 is less clear about safe.directory).
 */
int repository_worktree(char **top, const char *dir,
			struct err *err) MUST_CHECK;

/*
 * Opens the repository around the absolute directory `dir`, honouring GIT_DIR
 * and its kind. D1_ENOTFOUND if there is none. What libgit2 cannot read (a
 * SHA-256 repository) is an error that says so, in git's own words where git
 * refuses it too (safe.directory).
 */
int repository_open(struct repository *repository, const char *dir,
		    struct err *err) MUST_CHECK;
void repository_close(struct repository *repository);

/*
 * Finds the commit that a revision names ("HEAD", "v1.2~3", an annotated tag),
 * in *id. D1_ENOTFOUND if the text names no commit; a history that a shallow
 * clone cuts off is named in the message.
 */
int repository_commit(const struct repository *repository,
		      char id[OBJECT_ID_SIZE], const char *revision,
		      struct err *err) MUST_CHECK;

/*
 * The commit that the ref of this whole name points to, in *id; "" if there is
 * no such ref, or it points to something else.
 */
int repository_ref(const struct repository *repository, char id[OBJECT_ID_SIZE],
		   const char *ref, struct err *err) MUST_CHECK;

/* The file that lists the commits at which a shallow clone ends, if it does. */
int repository_shallow_file(char **path, const struct repository *repository,
			    struct err *err) MUST_CHECK;

/* True if older history is missing here: a shallow clone. */
bool repository_is_shallow(const struct repository *repository);

/*
 * Sets where the child runs and its environment, so that git finds this
 * repository, asks nobody for a password, takes `:(top,literal)` in a path for
 * what it is, and sees the objects that libgit2 sees (no replaced ones).
 */
void repository_prepare(const struct repository *repository,
			struct child *child);

/*
 * Runs git with these arguments ("git" is the first, NULL ends them) and
 * appends its output to `output`, which limits it. A status that is not 0 is
 * D1_ERROR in git's own words.
 */
int repository_run(const struct repository *repository, const char *const *argv,
		   struct buf *output, struct err *err) MUST_CHECK;

#endif
