/* The lines in which two texts differ, found by libgit2 as git would. */
#ifndef GIT_TEXTDIFF_H
#define GIT_TEXTDIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

/* Line numbers count from 1; where a count is 0, the line before is named. */
struct textdiff_hunk {
	size_t old_start;
	size_t old_count;
	size_t new_start;
	size_t new_count;
};

enum textdiff_origin {
	TEXTDIFF_CONTEXT,
	TEXTDIFF_OLD,
	TEXTDIFF_NEW,
};

/* A line without its newline; the last line of a text may have none. */
struct textdiff_line {
	enum textdiff_origin origin;
	const char *text;
	size_t size;
	bool newline;
};

/* Is told of each hunk, and of the lines in it. Borrowed for the call. */
struct textdiff_sink {
	void (*hunk)(void *context, const struct textdiff_hunk *hunk);
	void (*line)(void *context, const struct textdiff_line *line);
	void *context;
};

/*
 * Compares two texts, each of at most 4 GiB, with `context` lines around each
 * difference. Nothing is told if they are equal.
 */
int textdiff(const char *old_text, size_t old_size, const char *new_text,
	     size_t new_size, unsigned context,
	     const struct textdiff_sink *sink, struct err *err) MUST_CHECK;

#endif
