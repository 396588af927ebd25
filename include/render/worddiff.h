/* The words in which two short texts differ. */
#ifndef RENDER_WORDDIFF_H
#define RENDER_WORDDIFF_H

#include <stddef.h>

#include "git/textdiff.h"
#include "model/value.h"
#include "render/render.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Is told of each word, blank and punctuation mark of both texts: in common,
 * only in the old one, only in the new one. A line break comes as "\n".
 */
struct worddiff_sink {
	void (*word)(void *context, enum textdiff_origin origin,
		     const char *text, size_t size);
	void *context;
};

/*
 * Compares two texts of characters that can be shown; the only control
 * characters in them are TAB and the newlines between lines. A word is a run
 * of letters, digits, characters above U+007F and _.#@%:+-\ with nothing else
 * between them.
 */
int worddiff(const char *old_text, size_t old_size, const char *new_text,
	     size_t new_size, const struct worddiff_sink *sink,
	     struct err *err) MUST_CHECK;

/*
 * Appends the literals of two values of a cell as one, with the words that
 * differ marked as the options say; values of different types differ as a
 * whole.
 */
int worddiff_add_literals(struct buf *out, const struct render_options *options,
			  const struct value *old_value,
			  const struct value *new_value,
			  struct err *err) MUST_CHECK;

/*
 * Appends the lines of two texts around their differences, each behind " |",
 * with the words that differ marked.
 */
int worddiff_add_lines(struct buf *out, const struct render_options *options,
		       const struct buf texts[2], struct err *err) MUST_CHECK;

/* Appends what is marked as removed from, or added to a text as a whole. */
void worddiff_add_marked(struct buf *out, const struct render_options *options,
			 enum textdiff_origin origin, const char *text,
			 size_t size);

#endif
