/*
 * Git's drivers for what git-d1 keeps in a repository: the settings that a
 * clone has to make for itself, since git takes no commands out of a tracked
 * file, and the attributes of a repository, which point to them. Git says
 * nothing when they are missing: it merges data files as any text.
 */
#ifndef GIT_DRIVERS_H
#define GIT_DRIVERS_H

#include "git/config.h"
#include "util/err.h"

struct driver_setting {
	const char *key;
	const char *value;
};

enum { DRIVER_SETTINGS = 9 };
extern const struct driver_setting driver_settings[DRIVER_SETTINGS];

enum driver_state {
	DRIVER_READY,
	DRIVER_MISSING,
	DRIVER_OTHER, /* set to something else */
};

/* "ok", "missing", "other": the words that programs read. */
const char *driver_state_name(enum driver_state state);

/* Whether git's configuration has the setting, wherever it stands. */
enum driver_state driver_setting_state(const struct driver_setting *setting,
				       const struct git_config *git);

/* Writes the setting into the configuration of the repository around `dir`. */
int driver_setting_write(const struct driver_setting *setting, const char *dir,
			 struct err *err) MUST_CHECK;

struct drivers {
	enum driver_state merge;      /* merge.d1.driver */
	enum driver_state textconv;   /* diff.d1db.textconv */
	enum driver_state attributes; /* of data files and SQLite files */
};

/*
 * Finds out what works in the worktree at `top`. Git is asked for the
 * attributes, so that it does not matter which file they stand in. `folder` is
 * a folder with data files in it, there or not, absolute or seen from `top`.
 */
int drivers_look(struct drivers *drivers, const struct git_config *git,
		 const char *top, const char *folder,
		 struct err *err) MUST_CHECK;

#endif
