/* A run of `git d1 init`: what it works on, and telling what it does. */
#ifndef CMD_SETUP_H
#define CMD_SETUP_H

#include <stdbool.h>

#include "git/drivers.h"
#include "util/buf.h"
#include "workspace/workspace.h"

struct setup {
	bool dry_run; /* only say what would be done */
	bool force;   /* overwrite what is set already */
	struct workspace workspace;
	struct git_config git; /* of the worktree's repository */
	struct arena arena;
	/* what was done to the file that is worked on, to be told then */
	struct buf told;
};

/* Notes "verb what". */
void setup_add_told(struct setup *setup, const char *verb, const char *what);

/* Prints what was noted, which must not be said before it is done. */
int setup_tell(struct setup *setup, struct err *err) MUST_CHECK;

/* Puts the text in the place of the file. */
int setup_write_file(const char *path, const struct buf *text,
		     struct err *err) MUST_CHECK;

/*
 * Makes a setting in the configuration of the repository, which setup->git
 * holds, and tells of it. What has another value is left alone, with a
 * warning, unless it is to be overwritten.
 */
int setup_set(struct setup *setup, const struct driver_setting *setting,
	      struct err *err) MUST_CHECK;

#endif
