/*
 * Masks in the place of placeholders. A local database that was made from a
 * snapshot holds placeholders in masked columns (diff/mask.h); a snapshot of
 * it is to hold what the one before held, or every developer's snapshot would
 * wear the masks down.
 */
#ifndef APPLY_REMASK_H
#define APPLY_REMASK_H

#include "format/datafile.h"
#include "source/source.h"
#include "util/err.h"

/*
 * A cursor over `rows` (taken, also if this fails), which come in the order of
 * a snapshot file, with the cells and the key of `header`. A placeholder in a
 * masked cell becomes the mask that the row of the same key has in the
 * snapshot `before`, if that begins like it. The rest is borrowed.
 */
int remask_cursor(struct cursor **cursor, struct cursor *rows,
		  const struct datafile_header *header,
		  const enum collation *collations, struct source *before,
		  struct err *err) MUST_CHECK;

#endif
