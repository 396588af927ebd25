/*
 * A pull reader for JSON (RFC 8259) that loses nothing.
 *
 * It reads `size` bytes without ever writing into them, one token at a time.
 * Strings come as bytes and a size, with \u0000 kept; numbers come as the text
 * that stands in the document. Bytes above 0x7f are passed on unchecked. A
 * surrogate pair in escapes becomes one character; half a pair, which UTF-8
 * cannot express, becomes U+FFFD.
 *
 * The struct holds no resources: a copy of it is a second reader at the same
 * place, which is how a document is looked through before it is read.
 *
 * Malformed text and nesting deeper than JSON_MAX_DEPTH are D1_ERROR with the
 * offset of the byte. After an error the reader must not be used any more.
 */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/compiler.h"
#include "util/err.h"

enum { JSON_MAX_DEPTH = 64 };

enum json_type {
	JSON_END, /* the document is complete */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY, /* of a member; its value is the next token */
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

/*
 * `data` and `size` are set for keys and strings (without escapes) and for
 * numbers. They point into the document, or into the reader's arena if there
 * were escapes; no NUL follows them.
 */
struct json_token {
	enum json_type type;
	const char *data;
	size_t size;
};

/* Private to json.c. */
struct json {
	const char *start;
	const char *at;
	const char *end;
	struct arena *arena;
	uint64_t objects; /* bit n: the container at depth n is an object */
	unsigned int depth;
	int expected;
};

/*
 * Starts at the first byte; `data` may be NULL if there is none. Both pointers
 * are borrowed while it is read.
 */
void json_init(struct json *json, const char *data, size_t size,
	       struct arena *arena);

/* Reads the next token. After JSON_END it delivers JSON_END again. */
int json_next(struct json *json, struct json_token *token,
	      struct err *err) MUST_CHECK;

/*
 * Reads past the rest of the value that began with the token `first`; there
 * is a rest only if that opened an object or array. What is skipped is checked
 * but not decoded: this is several times faster than json_next().
 */
int json_skip(struct json *json, const struct json_token *first,
	      struct err *err) MUST_CHECK;

/* True if the token's bytes are those of the string. */
bool json_is(const struct json_token *token, const char *string);

/*
 * A number as the nearest double, as strtod() has it: beyond the range
 * +-HUGE_VAL. The process stays in the "C" locale for numbers.
 */
int json_double(double *number, const struct json_token *token,
		struct err *err) MUST_CHECK;

/* False if the token is no number, no integer, or out of range. */
bool json_int64(int64_t *number, const struct json_token *token);

#endif
