/*
 * Values as cells of a table of HTML. Whatever a value holds, it stands there
 * as text: what means something to HTML is written as a reference, and what
 * misleads a reader as in the review text.
 */
#ifndef RENDER_HTMLCELL_H
#define RENDER_HTMLCELL_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"
#include "util/buf.h"
#include "util/err.h"

/* Appends text that can be shown. */
void html_add(struct buf *out, const char *text, size_t size);

/* Appends the literal of a value. */
void html_add_literal(struct buf *out, const struct value *value);

/*
 * Appends a cell for a value that one side has, "old" or "new", or for one
 * that did not change if `mark` is NULL.
 */
void html_add_whole(struct buf *out, const char *mark,
		    const struct value *value);

/*
 * Appends the cells for a value that changed: side by side, and if they are
 * texts of several lines, line by line with `context` lines around.
 */
void html_add_changed(struct buf *out, const struct value *const values[2],
		      unsigned context, struct err *err);

/*
 * Appends a cell for a value that nobody is to see; `alone` if there is none
 * beside it.
 */
void html_add_hidden(struct buf *out, const char *mark, bool alone);

#endif
