/*
 * How a name of a table, a column or a database stands in a text that is read
 * back: a patch, the head of a data file.
 */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

#include <stddef.h>

#include "util/buf.h"
#include "util/compiler.h"

/*
 * Appends a name: bare if it begins with a letter, a digit, `_` or a readable
 * character above U+007F and goes on with those or `.`, `-`, `$`; else quoted
 * as git quotes (util/quote.h).
 */
void name_add(struct buf *out, const char *name);

/*
 * Reads a name, bare or quoted, at the start of the `size` bytes at `text`,
 * appends it to `out`, and returns how many bytes it took. 0 if there is none,
 * if it holds a NUL, or if `out` failed; `out` is as before then.
 */
size_t name_read(struct buf *out, const char *text, size_t size) MUST_CHECK;

#endif
