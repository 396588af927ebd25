/*
 * Installing and removing git-d1's hooks, and telling what is there. Hooks of
 * other people are never changed unless that is asked for, and kept then.
 *
 * Where git knows hooks as commands in its configuration no file is touched:
 * they stand beside any other hook. Else they are files.
 */
#ifndef HOOKS_INSTALLATION_H
#define HOOKS_INSTALLATION_H

#include <stdbool.h>

#include "git/config.h"
#include "hooks/event.h"
#include "hooks/manager.h"
#include "hooks/place.h"
#include "util/err.h"

enum hook_state {
	HOOK_ABSENT,
	HOOK_INSTALLED,	 /* as a file */
	HOOK_CONFIGURED, /* as a command in git's configuration */
	HOOK_CALLED,	 /* another hook, or a manager, runs git-d1's */
	HOOK_FOREIGN,	 /* another hook, which does not */
	HOOK_SHADOWED,	 /* as a file, but core.hooksPath leads elsewhere */
	HOOK_OFF,	 /* as a file that is not executable, or as a command
			    that is not enabled */
	HOOK_LINK,	 /* a symbolic link */
};

/* "installed", "configured", ..: the words that programs read. */
const char *hook_state_name(enum hook_state state);

/* True if git runs git-d1 at the event. */
bool hook_state_runs(enum hook_state state);

struct hook_look {
	enum hook_state state;
	char *path; /* of the file that it is about; NULL: none */
};

struct hook_looks {
	struct hook_look events[HOOK_EVENTS];
};

/*
 * Looks at what there is. `git` is the configuration of the repository. The
 * caller releases it, after an error too.
 */
int hooks_look(struct hook_looks *looks, const struct hook_place *place,
	       const struct git_config *git, struct err *err) MUST_CHECK;
void hook_looks_release(struct hook_looks *looks);

struct hook_installation {
	const struct hook_place *place;
	const struct git_config *git;
	bool force;	/* a foreign hook becomes a backup */
	bool shared_ok; /* the folder may be one for all repositories */
	bool require;	/* without git-d1, git is to stop */
};

/* What was done for an event. */
enum hook_news {
	HOOK_KEPT,     /* it was so already */
	HOOK_WRITTEN,  /* the file or the command was made */
	HOOK_UPDATED,  /* it was one of git-d1, and another */
	HOOK_REPLACED, /* another hook was there, and is the backup now */
	HOOK_REMOVED,
	HOOK_RESTORED, /* removed, and the backup is the hook again */
	HOOK_LEFT,     /* it is not git-d1's */
};

/*
 * 0 if the hook can be installed, D1_EREFUSED if another one is there. Nothing
 * is changed.
 */
int hook_install_check(const struct hook_installation *self,
		       enum hook_event event, struct err *err) MUST_CHECK;

/* Installs it, after hook_install_check(). */
int hook_install(const struct hook_installation *self, enum hook_event event,
		 enum hook_news *news, struct err *err) MUST_CHECK;

/* Removes what git-d1 has installed; HOOK_KEPT: there was nothing. */
int hook_uninstall(const struct hook_installation *self, enum hook_event event,
		   enum hook_news *news, struct err *err) MUST_CHECK;

#endif
