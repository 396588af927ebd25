/* Long values on a terminal: only what is around the difference is shown. */
#ifndef RENDER_ABBREV_H
#define RENDER_ABBREV_H

#include <stddef.h>

#include "model/value.h"
#include "util/buf.h"

/*
 * Shortens the literal of `value`, which stands in `out` from `start` to the
 * end, if it is long: around where it begins to differ from the literal of
 * `other`, or to its beginning if `other` is NULL. What is left out is marked
 * with U+2026 and the size.
 */
void abbrev_literal(struct buf *out, size_t start, const struct value *value,
		    const struct value *other);

#endif
