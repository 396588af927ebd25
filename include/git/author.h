/* Who writes, as git would note in a commit. */
#ifndef GIT_AUTHOR_H
#define GIT_AUTHOR_H

#include <stdint.h>

#include "util/err.h"

struct author {
	char *name;
	char *email;
	int64_t time; /* seconds since 1970 */
	int offset;   /* of the zone, in minutes */
};

/*
 * Asks `git var GIT_AUTHOR_IDENT`, run in `dir` (NULL: here), so that
 * GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_AUTHOR_DATE and the configuration
 * count. Without GIT_AUTHOR_DATE the time is SOURCE_DATE_EPOCH, else now. The
 * caller releases it, after an error too.
 */
int author_find(struct author *author, const char *dir,
		struct err *err) MUST_CHECK;
void author_release(struct author *author);

#endif
