/*
 * Git's C-style quoting: "..." with \a \b \t \n \v \f \r \" \\ and three octal
 * digits for a byte. Readable UTF-8 stays as it is (as git writes paths with
 * core.quotePath off); unsafe characters (util/utf8.h) and bytes that are not
 * UTF-8 are escaped byte by byte, so the text can always be shown and mailed.
 */
#ifndef UTIL_QUOTE_H
#define UTIL_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/compiler.h"

/* Appends the text with its quotes. */
void quote_add(struct buf *out, const char *text, size_t size);

/*
 * Appends the text with unsafe bytes and a last blank escaped, but no quotes
 * around it.
 */
void quote_add_escaped(struct buf *out, const char *text, size_t size);

/*
 * Appends the text as one word of a shell's command line: as it is if nothing
 * in it means anything there, else in single quotes.
 */
void quote_add_shell(struct buf *out, const char *text);

/*
 * Reads a quoted text at the start of the `size` bytes at `quoted`, appends
 * what it stands for to `out`, and returns how many bytes it took, both quotes
 * counted; 0 if it is not well-formed.
 */
size_t quote_read(struct buf *out, const char *quoted, size_t size);

/*
 * Appends what a text stands for that quote_add_escaped() wrote. False if an
 * escape in it is not well-formed.
 */
bool quote_read_escaped(struct buf *out, const char *text,
			size_t size) MUST_CHECK;

#endif
