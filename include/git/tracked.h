/* Whether git tracks a file: what stands in it goes where the project goes. */
#ifndef GIT_TRACKED_H
#define GIT_TRACKED_H

#include "util/err.h"

enum tracked {
	TRACKED_NO,
	TRACKED_YES,
	TRACKED_UNKNOWN, /* git does not say */
};

/*
 * Asks git whether it tracks the file in `dir`. The repository is the one
 * around the file, whatever GIT_DIR says; where there is none, or no git,
 * nothing is tracked.
 */
int tracked_find(enum tracked *tracked, const char *dir, const char *file,
		 struct err *err) MUST_CHECK;

#endif
