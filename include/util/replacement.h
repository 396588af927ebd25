/*
 * New contents for a file, written piece by piece to another file beside it,
 * which takes its name at the end: nobody sees half of them.
 */
#ifndef UTIL_REPLACEMENT_H
#define UTIL_REPLACEMENT_H

#include <stddef.h>
#include <sys/types.h>

#include "util/err.h"

struct replacement;

/*
 * Begins new contents for the regular file at `path`, which is there: anything
 * else, a symbolic link too, is D1_EREFUSED; D1_ENOTFOUND if nothing is.
 */
int replacement_open(struct replacement **replacement, const char *path,
		     struct err *err) MUST_CHECK;

/*
 * The same for a file that may not be there yet: then it is made, with the
 * mode that any new file gets.
 */
int replacement_create(struct replacement **replacement, const char *path,
		       struct err *err) MUST_CHECK;

int replacement_write(struct replacement *replacement, const void *data,
		      size_t size, struct err *err) MUST_CHECK;

/* The mode of the new file, in place of the one that the old file had. */
void replacement_set_mode(struct replacement *replacement, mode_t mode);

/* Puts the new contents in place of the old ones, with the file's mode. */
int replacement_publish(struct replacement *replacement,
			struct err *err) MUST_CHECK;

/* Forgets what is not published, and frees it; NULL is allowed. */
void replacement_close(struct replacement *replacement);

#endif
