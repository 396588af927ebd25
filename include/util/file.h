/* Opening and reading regular files. */
#ifndef UTIL_FILE_H
#define UTIL_FILE_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/err.h"

enum file_flag {
	FILE_NO_SYMLINK = 1 << 0, /* `path` itself must not be a link */
};

/*
 * Opens the regular file at `path` for reading, in *fd, which the caller
 * closes; -1 after an error. Anything else at that path (a directory, a FIFO,
 * a device) is an error and never blocks. D1_ENOTFOUND if nothing is there.
 * `flags` is of enum file_flag.
 */
int file_open(int *fd, const char *path, unsigned int flags,
	      struct err *err) MUST_CHECK;

/*
 * The same for the file `name` in the open folder `dir`; `path` is what
 * messages call it.
 */
int file_open_at(int *fd, int dir, const char *name, const char *path,
		 unsigned int flags, struct err *err) MUST_CHECK;

/*
 * Appends the contents of the regular file at `path`, opened in that way, to
 * `out`, which limits the size.
 */
int file_read(struct buf *out, const char *path, unsigned int flags,
	      struct err *err) MUST_CHECK;

/* True if a regular file, or a link to one, is at `path`. */
bool file_exists(const char *path);

/* True if a directory, or a link to one, is at `path`. */
bool directory_exists(const char *path);

#endif
