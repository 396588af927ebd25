/*
 * Names the rows that came after a comparison and refer to rows that were to
 * be deleted or changed: they are read for the message of a write that was
 * refused because of them.
 */
#ifndef APPLY_NEWCHILDREN_H
#define APPLY_NEWCHILDREN_H

#include <stdint.h>

#include "apply/changes.h"
#include "source/source.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * lists[0] are the changes, the other lists what foreign keys would do besides,
 * as it was foreseen (apply/effects.h). Appends the first `most` of the rows
 * that were not, as "table 't', row a=1; ...". *count: how many there are.
 */
int new_children_add(struct buf *text, uint64_t *count,
		     struct changes *const *lists, size_t nlists,
		     struct source *source, uint64_t most,
		     struct err *err) MUST_CHECK;

#endif
