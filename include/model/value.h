/*
 * One value of a cell, as SQLite stores it.
 *
 * A value borrows its bytes: they belong to whoever made it (a cursor, an
 * arena). Text may hold NUL and bytes that are not UTF-8.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

/* In the order in which SQLite sorts the classes, integer and real as one. */
enum value_type {
	VALUE_NULL,
	VALUE_INTEGER,
	VALUE_REAL,
	VALUE_TEXT,
	VALUE_BLOB,
};

struct value {
	enum value_type type;
	union {
		int64_t integer;
		double real;
		struct {
			const char *data; /* may be NULL if size is 0 */
			size_t size;
		};
	};
};

/*
 * The collations that D1 has, https://www.sqlite.org/datatype3.html#collation
 */
enum collation {
	COLLATION_BINARY,
	COLLATION_NOCASE,
	COLLATION_RTRIM,
};

/* The collation of that name in any letter case; false if there is none. */
bool collation_from_name(const char *name, enum collation *collation);
const char *collation_name(enum collation collation);

/*
 * True if type and bytes are the same: 1 and 1.0, '' and NULL, 0.0 and -0.0,
 * 'A' and 'a' under any collation differ.
 */
bool value_equal(const struct value *a, const struct value *b);

/* Copies the value, its bytes into the arena. False if memory ran out. */
bool value_copy(struct value *copy, const struct value *value,
		struct arena *arena) MUST_CHECK;

/* Makes a text of what was built; what failed in `text` is an error. */
int value_copy_text(struct value *copy, const struct buf *text,
		    struct arena *arena, struct err *err) MUST_CHECK;

/*
 * SQLite's order: NULL < numbers < text < blob; integers and reals compared
 * exactly; text under the collation, with SQLite's own treatment of NUL.
 * Negative, 0 or positive. NULL equals NULL here.
 */
int value_compare(const struct value *a, const struct value *b,
		  enum collation collation);

/* True for text that holds a line break and can be shown line by line. */
bool value_has_lines(const struct value *value);

#endif
