/* How one line of a text is written where nothing may mislead a reader. */
#ifndef RENDER_LINETEXT_H
#define RENDER_LINETEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"
#include "util/buf.h"

/*
 * Appends a line without its newline: as it is if all of it can be seen, else
 * behind a backslash and quoted as git quotes.
 */
void linetext_add(struct buf *out, const char *text, size_t size);

/*
 * True if two values are shown as one text in which lines differ: both are
 * non-empty UTF-8 without NUL, and one has a line break.
 */
bool linetext_differs(const struct value *a, const struct value *b);

/*
 * True if each line break of both texts is CR LF, and there is one: then none
 * is shown.
 */
bool linetext_is_crlf(const struct value *a, const struct value *b);

/* Appends the text with each CR LF made LF. */
void linetext_add_without_cr(struct buf *out, const struct value *value);

#endif
