/*
 * Statements as D1 takes them: SQL text and values apart, values as strings
 * only (D1 would make a real of every JSON number).
 */
#ifndef CF_STATEMENT_H
#define CF_STATEMENT_H

#include <stddef.h>

#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

/* Limits: https://developers.cloudflare.com/d1/platform/limits/ (bytes) */
enum {
	D1_MAX_SQL = 100000,
	D1_MAX_PARAMS = 100,
	D1_MAX_VALUE = 2000000,
	/*
	 * Not documented: D1 runs with 128 MB of memory and needs about eight
	 * bytes for one of a request, which leaves room for twice this.
	 */
	D1_MAX_BODY = 8000000,
};

/* One text value. UTF-8; NUL is allowed. */
struct d1_param {
	const char *data;
	size_t size;
};

/* One statement, without user data in its text. All pointers are borrowed. */
struct d1_statement {
	const char *sql;
	size_t sql_size;
	const struct d1_param *params; /* for ?1, ?2, ...; NULL if none */
	size_t nparams;
};

/*
 * How many bytes statements_write() takes for these. D1's limit is for all of
 * a call, so that a writer can ask before it adds one more.
 */
size_t statements_size(const struct d1_statement *statements, size_t count);

/*
 * Appends the body of a call: {"batch":[{"sql":"...","params":["..."]},...]}.
 *
 * What D1 would not take (too long, too many, no text, NUL in the SQL) is
 * D1_EREFUSED, text that is not UTF-8 D1_ERROR; both name the statement and
 * the parameter, counted from 1. The body's maximum is that of the buffer.
 */
int statements_write(struct buf *body, const struct d1_statement *statements,
		     size_t count, struct err *err) MUST_CHECK;

#endif
