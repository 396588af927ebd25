/*
 * Programs that own the hooks of a repository, and what to tell them so that
 * they run git-d1's.
 */
#ifndef HOOKS_MANAGER_H
#define HOOKS_MANAGER_H

#include <stdbool.h>

#include "hooks/event.h"
#include "util/buf.h"
#include "util/err.h"

enum hook_manager {
	MANAGER_HUSKY,
	MANAGER_LEFTHOOK,
	MANAGER_PRE_COMMIT,
	HOOK_MANAGERS, /* how many there are */
};

/* "husky", "lefthook", "pre-commit". */
const char *hook_manager_name(enum hook_manager manager);

/* The file in the worktree at `top` that says that it is used; NULL: none. */
const char *hook_manager_file(enum hook_manager manager, const char *top);

/*
 * True if a hook with that text looks like one that the manager, used in the
 * worktree at `top`, has written, and will write anew.
 */
bool hook_manager_wrote(enum hook_manager manager, const char *top,
			const char *text, size_t size);

/*
 * Finds out whether the manager, used in the worktree at `top`, is told to run
 * `git d1 hook EVENT`: in *called. Files that cannot be read tell nothing.
 */
int hook_manager_calls(enum hook_manager manager, const char *top,
		       enum hook_event event, bool *called,
		       struct err *err) MUST_CHECK;

/*
 * Appends what to write into its file for these events, ready to be copied.
 */
void hook_manager_add(struct buf *out, enum hook_manager manager,
		      const bool events[HOOK_EVENTS]);

#endif
