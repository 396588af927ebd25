/*
 * Tracing, switched on by the environment as in git (git(1), "git
 * Diagnostics"): GIT_TRACE and GIT_TRACE_CURL are 1, 2 or true for the
 * standard error, a digit for an open file descriptor, or an absolute path to
 * append to. GIT_CURL_VERBOSE is GIT_TRACE_CURL=1 without data, and
 * GIT_TRACE_CURL_NO_DATA leaves the data out too. GIT_TRACE_REDACT=0 shows
 * cookies.
 *
 * A secret never stands in a trace, whatever the environment says: headers
 * that carry credentials, what follows "Bearer " or a URL's signature, and
 * what trace_hide() was told are shown as <redacted>. Characters that drive a
 * terminal are dots.
 *
 * Each line is `HH:MM:SS.usec trace git-d1: ...`, written at once. A value that
 * is none of these and a file that cannot be opened are warned of, as git does;
 * a trace that cannot be written is no error.
 */
#ifndef UTIL_TRACE_H
#define UTIL_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"

enum trace_key {
	TRACE_GENERAL,	 /* GIT_TRACE */
	TRACE_CURL,	 /* GIT_TRACE_CURL */
	TRACE_CURL_DATA, /* the same, unless data is left out */
};

/* True if somebody reads it: ask before preparing an expensive trace. */
bool trace_wanted(enum trace_key key);

/* Writes one line, if that is wanted. */
void trace_printf(enum trace_key key, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* Writes each line of the bytes as one line that begins with "mark: ". */
void trace_lines(enum trace_key key, const char *mark, const char *data,
		 size_t size);

/*
 * From now on the string is a secret. It is borrowed until trace_unhide().
 * With more secrets than can be kept, tracing is switched off.
 */
void trace_hide(const char *secret);
void trace_unhide(const char *secret);

#endif
