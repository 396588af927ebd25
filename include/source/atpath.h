/*
 * What a path holds, told by its content: a SQLite file, a SQL dump, a folder
 * with a snapshot, or a patch.
 */
#ifndef SOURCE_ATPATH_H
#define SOURCE_ATPATH_H

#include <stdbool.h>

#include "source/source.h"

/*
 * True if it is a patch (format/patch.h) or a mail with one: it has rows only
 * on top of a database's. What cannot be read is none.
 */
bool atpath_is_patch(const char *path);

/*
 * Opens it; messages call it by its path. Missing, or a folder without a
 * snapshot: D1_ENOTFOUND; a patch: D1_EREFUSED; what is none of these:
 * D1_ERROR with what to do.
 */
int atpath_open(struct source **source, const char *path,
		struct err *err) MUST_CHECK;

#endif
