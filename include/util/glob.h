/*
 * Patterns for names of tables and columns: `*` is any text, `?` any one
 * character, `[a-z]` and `[!a-z]` one of or none of, `\` takes the next
 * character as it is. ASCII letters match in both cases, as names in SQLite do.
 */
#ifndef UTIL_GLOB_H
#define UTIL_GLOB_H

#include <stdbool.h>

#include "util/buf.h"

bool glob_match(const char *pattern, const char *name);

/* True if `pattern` holds a character that does not stand for itself. */
bool glob_is_pattern(const char *pattern);

/* Appends the pattern that matches this name alone. */
void glob_add_name(struct buf *out, const char *name);

/* True if both are the same name: equal but for the case of ASCII letters. */
bool name_equal(const char *a, const char *b);

#endif
