/*
 * What comes out of a database or a repository, in a text of Markdown: within
 * backticks or fences, where Markdown, HTML, mentions and numbers of issues
 * mean nothing. And a text that a service takes up to a length only.
 */
#ifndef RENDER_MARKDOWNCODE_H
#define RENDER_MARKDOWNCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/*
 * Appends a name, or a text with its control characters escaped, between
 * backticks. A `|`, which would end the cell of a table, and a backtick are
 * written as octal; a long one is cut, which shows.
 */
void markdown_add_name(struct buf *out, const char *name);
void markdown_add_text(struct buf *out, const char *text);

/* The same for HTML within Markdown; `code` is what these two made. */
void markdown_add_html(struct buf *out, const struct buf *code);

/*
 * Appends the lines of `text`, the last of which ends in LF, within fences
 * that are longer than any run of backticks in it.
 */
void markdown_add_fenced(struct buf *out, const char *language,
			 const char *text, size_t size);

/* A text of a bounded length, made of pieces. */
struct markdown_page {
	struct buf text;
	size_t room; /* bytes that it may still take */
};

/*
 * Moves the piece to the page, as a whole or not at all, which is false; it is
 * empty after that.
 */
bool markdown_put(struct markdown_page *page, struct buf *piece);

#endif
