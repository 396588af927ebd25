/* Where the repository around the current directory is, through libgit2. */
#ifndef GIT_REPOSITORY_H
#define GIT_REPOSITORY_H

#include "util/err.h"

/*
 * The top of the worktree around the absolute directory `dir`, in *top, which
 * the caller frees; NULL outside a repository and in a bare one. GIT_DIR and
 * its kind are honoured. A repository that cannot be used is an error with
 * git's own words (libgit2 is less clear about safe.directory).
 */
int repository_worktree(char **top, const char *dir,
			struct err *err) MUST_CHECK;

#endif
