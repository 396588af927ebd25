/*
 * Lines of .gitattributes, a file that people edit: what is there stays as it
 * is, byte for byte, and what is missing comes to the end, where it wins.
 */
#ifndef GIT_ATTRIBUTES_H
#define GIT_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/*
 * True if the text has a line with the pattern of `line` and all of its
 * attributes, whatever blanks are between them.
 */
bool attributes_have(const char *text, size_t size, const char *line);

/*
 * Appends the line to the text of a file, with the line end of the first line
 * there. A last line without an end gets one.
 */
void attributes_add(struct buf *text, const char *line);

/*
 * Appends a pattern: `path`, in which nothing stands for anything else, and
 * `rest`, which is a pattern. Quoted if it has to be.
 */
void attributes_add_pattern(struct buf *out, const char *path,
			    const char *rest);

#endif
