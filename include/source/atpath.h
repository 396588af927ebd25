/*
 * What a path holds, told by its content: a SQLite file, a SQL dump, or a
 * folder with a snapshot.
 */
#ifndef SOURCE_ATPATH_H
#define SOURCE_ATPATH_H

#include "source/source.h"

/*
 * Opens it; messages call it by its path. Missing, or a folder without a
 * snapshot: D1_ENOTFOUND; what is none of these: D1_ERROR with what to do.
 */
int atpath_open(struct source **source, const char *path,
		struct err *err) MUST_CHECK;

#endif
