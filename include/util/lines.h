/*
 * The lines of a stream, one by one, in a buffer that is as large as the
 * longest line so far and never larger than a limit.
 */
#ifndef UTIL_LINES_H
#define UTIL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/stream.h"

struct lines {
	struct stream *stream;
	char *data;
	size_t capacity;
	size_t max;
	size_t start;	 /* of what was not given out yet */
	size_t searched; /* up to here it holds no LF */
	size_t end;
	bool ended;    /* the stream has no more */
	bool overlong; /* what was not given out is of a line to pass over */

	uint64_t number; /* of the line last read, from 1 on */
	bool complete;	 /* it ended in LF: only the last one may not */
};

/* Takes the stream. A line has at most `max` bytes, LF not counted. */
void lines_init(struct lines *lines, struct stream *stream, size_t max);

/*
 * Reads the next line. *text is NULL after the last one, else *size bytes
 * without the LF, valid until the next call. A line that is too long is
 * D1_ERROR, and its number is in `lines`; the next call goes on after it.
 */
int lines_next(struct lines *lines, const char **text, size_t *size,
	       struct err *err) MUST_CHECK;

/* Closes the stream. */
void lines_release(struct lines *lines);

#endif
