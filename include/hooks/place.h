/* Where git looks for the hooks of a repository, and whose place that is. */
#ifndef HOOKS_PLACE_H
#define HOOKS_PLACE_H

#include <stdbool.h>

#include "git/repository.h"
#include "util/err.h"

struct hook_place {
	char *dir;	   /* where git looks, absolute, there or not */
	char *default_dir; /* where it would look without core.hooksPath */
	char *worktree;	   /* NULL: bare */
	char *common_dir;  /* of all worktrees */
	char *run_dir;	   /* where git is to be run */
	bool is_linked;	   /* a worktree beside the main one */
	/* core.hooksPath; NULL: not set */
	char *setting;
	char *scope;  /* "global", "local", "command", ... */
	char *origin; /* "file:/home/ann/.gitconfig" */
	/* git runs commands of its configuration, hook.<name>.command */
	bool has_commands;
};

#define HOOK_PLACE_INIT \
	{ \
		.dir = NULL \
	}

/*
 * Finds it out for the repository around the absolute directory `dir`, by
 * asking git. D1_ENOTFOUND outside of a repository. The caller releases it,
 * after an error too.
 */
int hook_place_find(struct hook_place *place, const char *dir,
		    struct err *err) MUST_CHECK;
void hook_place_release(struct hook_place *place);

/* True if git looks in the worktree: files there are tracked, or a tool's. */
bool hook_place_is_tracked(const struct hook_place *place);

/*
 * 0 if hooks may be written there. D1_EREFUSED for a folder of the worktree,
 * which is tracked or another tool's, one behind a symbolic link, one that
 * other repositories use as well (unless `shared_ok`), and one that
 * core.hooksPath names but nobody has made.
 */
int hook_place_check(const struct hook_place *place, bool shared_ok,
		     struct err *err) MUST_CHECK;

/*
 * Runs git there; what it writes is appended to `output`, which may be NULL for
 * nothing wanted. *status is its exit status.
 */
int hook_place_run(const struct hook_place *place, const char *const *argv,
		   struct buf *output, int *status, struct err *err) MUST_CHECK;

#endif
