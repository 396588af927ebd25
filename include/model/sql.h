/* Names in SQL: the one place that quotes them. Values are bound instead. */
#ifndef MODEL_SQL_H
#define MODEL_SQL_H

#include <stddef.h>

#include "util/buf.h"
#include "util/compiler.h"

/* Appends the name as "name", with any " in it doubled. */
void sql_add_name(struct buf *sql, const char *name);

/*
 * Reads such a name at the start of the `size` bytes at `sql`, appends it to
 * `out`, and returns how many bytes it took. 0 if there is none, if it holds a
 * NUL, or if `out` failed; `out` is as before then.
 */
size_t sql_read_name(struct buf *out, const char *sql, size_t size) MUST_CHECK;

#endif
