/* What happens to the process before a command runs. */
#ifndef CMD_STARTUP_H
#define CMD_STARTUP_H

#include "util/compiler.h"
#include "util/err.h"

/*
 * Opens standard files that are closed, so that no database becomes one;
 * forbids core dumps, which would keep secrets; and lets a reader that goes
 * away end the program, whatever the parent did to SIGPIPE.
 */
void startup_process(void);

/* chdir(), with an error that names the path. */
int startup_change_directory(const char *path, struct err *err) MUST_CHECK;

/*
 * Git runs an alias `!git d1 ...` at the top of the worktree, and leaves in
 * GIT_PREFIX where the user was. Goes back there, so that relative paths mean
 * what the user meant, and keeps the repository that the environment names. A
 * prefix that is inherited by a program that has moved since (a shell started
 * from an alias) is not followed.
 */
int startup_follow_prefix(struct err *err) MUST_CHECK;

#endif
