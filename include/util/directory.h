/*
 * Folders below an open folder. No step on the way follows a symbolic link, so
 * that what is found lies where its path says.
 */
#ifndef UTIL_DIRECTORY_H
#define UTIL_DIRECTORY_H

#include <stddef.h>

#include "util/err.h"

/*
 * Opens the folder `path`, in *fd, which the caller closes. D1_ENOTFOUND if
 * there is none, D1_EREFUSED if `path` itself is a symbolic link.
 */
int directory_top(int *fd, const char *path, struct err *err) MUST_CHECK;

/*
 * Opens the folder that the first `length` bytes of `path` name below the open
 * folder `top`, in *fd, which the caller closes; 0 is `top` itself. `name` is
 * what messages call `top`. D1_ENOTFOUND if there is no such folder,
 * D1_EREFUSED if a part of the path is a symbolic link.
 */
int directory_descend(int *fd, int top, const char *name, const char *path,
		      size_t length, struct err *err) MUST_CHECK;

/* The length of the folder part of a relative path, 0 if it has none. */
size_t directory_length(const char *path);

#endif
