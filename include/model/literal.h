/*
 * Value text: the one writer and reader for review text, patches, snapshots,
 * JSON and SQL. Every literal is a valid SQL expression.
 *
 *   NULL        NULL
 *   integer     decimal: 42, -9223372036854775808
 *   real        the shortest decimal that reads back to the same bits, always
 *               with `.` or `e`: 1.0, 1e22, -0.0, 9e999, -9e999
 *   blob        x'00ff', lower case
 *   text        '...' with ' doubled and TAB raw. Each distinct unsafe
 *               character (util/utf8.h) becomes one nested
 *               replace(...,'MARKER',char(N)), in code point order from the
 *               inside out, with the markers \n, \r, else \u{202E}.
 *   other text  CAST(x'...' AS TEXT): what holds a NUL, is not UTF-8, holds
 *               one of its own markers or more than 8 distinct unsafe
 *               characters
 *
 * The program never calls setlocale(LC_NUMERIC), so a decimal point is `.`.
 */
#ifndef MODEL_LITERAL_H
#define MODEL_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/compiler.h"

/* Appends the literal of the value. */
void literal_add(struct buf *out, const struct value *value);

/*
 * Reads one literal at the start of the `size` bytes at `text`; what it needs
 * for the value comes from `arena`. Returns how many bytes it took, or 0 if
 * there is no literal, an integer does not fit 64 bits, or out of memory.
 * It takes every form that literal_add() writes, upper case digits in x'...',
 * and nothing else: no expression, no sign `+`, no blank.
 */
size_t literal_read(struct value *value, const char *text, size_t size,
		    struct arena *arena) MUST_CHECK;

/*
 * The same, but a text that stands there without any escape is not copied: the
 * value points into `text`.
 */
size_t literal_read_borrowed(struct value *value, const char *text, size_t size,
			     struct arena *arena) MUST_CHECK;

/* True if literal_add() writes the text as '...', without any escape. */
bool literal_is_plain_text(const struct value *value);

#endif
