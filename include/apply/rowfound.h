/*
 * What a row in the way of a write holds in place of what was expected: it is
 * read for the message that names it.
 */
#ifndef APPLY_ROWFOUND_H
#define APPLY_ROWFOUND_H

#include "apply/changes.h"
#include "source/source.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Reads the row of a keyed update or delete from the source, and appends
 * ": name is 'c', not 'b'" for the first column that is not as change->old has
 * it; nothing if there is no such row, or none differs by now.
 */
int row_found_add(struct buf *text, struct source *source,
		  const struct changed_table *table,
		  const struct row_change *change, struct err *err) MUST_CHECK;

#endif
