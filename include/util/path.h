/*
 * Paths as text. Nothing here looks at the file system but path_check_inside().
 */
#ifndef UTIL_PATH_H
#define UTIL_PATH_H

#include <stdbool.h>

#include "util/err.h"

/*
 * `path` seen from the absolute directory `dir`, without "." and "..", double
 * and trailing slashes. An absolute `path` does not depend on `dir`. Symbolic
 * links are not followed. The caller frees it; NULL if out of memory.
 */
char *path_resolve(const char *dir, const char *path) MUST_CHECK;

/* The directory part of an absolute path, freed by the caller; or NULL. */
char *path_dirname(const char *path) MUST_CHECK;

/* The part after the last slash, inside `path`. */
const char *path_basename(const char *path);

/*
 * The absolute `path` as it is named in the absolute directory `dir`: "../x".
 * Both are resolved. The caller frees it; NULL if out of memory.
 */
char *path_relative(const char *dir, const char *path) MUST_CHECK;

/* True if `path` is `dir` or below it. Both are absolute and resolved. */
bool path_is_inside(const char *dir, const char *path);

/*
 * Checks that `path` may be read and written in the worktree at `top` on the
 * word of a tracked file: it is below `top`, none of its components is .git in
 * any letter case, and none that exists is a symbolic link. `what` names the
 * setting in the message. Both paths are absolute and resolved.
 */
int path_check_inside(const char *top, const char *path, const char *what,
		      struct err *err) MUST_CHECK;

#endif
