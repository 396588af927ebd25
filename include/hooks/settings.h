/*
 * Whether and how hooks work. All of it is the user's own: git's configuration
 * and the environment, never a tracked file.
 */
#ifndef HOOKS_SETTINGS_H
#define HOOKS_SETTINGS_H

#include <stdbool.h>

#include "git/config.h"
#include "util/err.h"

/* What an answer that is unwelcome, or missing, does to a push. */
enum hook_policy {
	HOOK_POLICY_OFF, /* nobody is asked */
	HOOK_POLICY_WARN,
	HOOK_POLICY_BLOCK,
};

struct hook_settings {
	bool enabled;		 /* d1.hooks */
	bool auto_pull;		 /* d1.autoPull */
	bool auto_snapshot;	 /* d1.autoSnapshot */
	enum hook_policy remote; /* d1.prePush.remote */
	int timeout;		 /* d1.prePush.timeout, in milliseconds */
	/* d1.hooks.config: wrangler's configuration, seen from the top of the
	 * worktree, where git runs hooks; NULL: as anywhere. Borrowed. */
	const char *config;
};

/*
 * False if the environment switches hooks off: GIT_D1_HOOKS=0,
 * GIT_D1_SKIP_HOOKS=1, or a run in CI where GIT_D1_HOOKS is not set.
 */
bool hooks_wanted(void);

int hook_settings_read(struct hook_settings *settings,
		       const struct git_config *git,
		       struct err *err) MUST_CHECK;

#endif
