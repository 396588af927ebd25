/*
 * Reading the members of a JSON object that are of interest into a struct.
 *
 * Members that are missing, null, unknown or of another type are passed over:
 * their place in the struct keeps what it held.
 */
#ifndef CF_FIELDS_H
#define CF_FIELDS_H

#include <stddef.h>

#include "util/arena.h"
#include "util/compiler.h"
#include "util/err.h"
#include "util/json.h"

enum field_type {
	FIELD_TEXT,    /* const char *: a string in the arena, cut at a NUL */
	FIELD_INTEGER, /* int64_t */
	FIELD_REAL,    /* double */
	FIELD_FLAG,    /* int: 0 or 1 */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
};

/* Reads the rest of the object whose first token was `first`. */
int fields_read(struct json *json, const struct json_token *first,
		const struct field *fields, size_t count, void *target,
		struct arena *arena, struct err *err) MUST_CHECK;

#endif
