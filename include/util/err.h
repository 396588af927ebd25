/*
 * Error values.
 *
 * A function that can fail returns 0, or a negative `enum d1_error`, and takes
 * a `struct err *` as its last parameter, never NULL. The message is complete
 * enough to be shown as it is: lower case, no full stop, what happened and
 * where. The hint says what to do next. Both are kept in place, so that
 * reporting an error never needs memory.
 *
 * The first error wins: err_set() on a struct that holds one changes nothing,
 * so that a failing clean-up cannot hide why the work stopped.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include "util/compiler.h"

/* What kind of failure; workspace/report.h has the exit code beside it. */
enum d1_error {
	D1_OK = 0,
	D1_ERROR = -1,	      /* any other failure: 128 */
	D1_EUSAGE = -2,	      /* wrong command line: 129 */
	D1_ECONFLICT = -3,    /* the target is not as expected: 2 */
	D1_EREFUSED = -4,     /* refused by policy: 3 */
	D1_EAUTH = -5,	      /* authentication or permission: 4 */
	D1_EUNREACHABLE = -6, /* no usable answer from a server: 5 */
	D1_EUNPLANNED = -7,   /* written, but not as planned: 6 */
	D1_ENOTFOUND = -8,    /* what was asked for is not there: 128 */
	D1_ENOMEM = -9,	      /* out of memory: 128 */
};

struct err {
	enum d1_error code;
	char message[2048];
	char hint[1024];
};

#define ERR_INIT \
	{ \
		.code = D1_OK \
	}

/* Forgets the error, so that the struct can take another one. */
void err_clear(struct err *err);

/*
 * Records `code` and a message and returns the code that now stands in `err`:
 * `return err_set(err, D1_ERROR, "cannot open '%s'", path);`
 */
int err_set(struct err *err, enum d1_error code, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* As err_set() with D1_ERROR, followed by ": " and strerror(errno). */
int err_set_errno(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Records that memory ran out. Returns D1_ENOMEM. */
int err_set_nomem(struct err *err);

/*
 * Puts "context: " before the message of the error in `err`; does nothing if
 * there is none. Returns the code in `err`.
 */
int err_context(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Says what to do next, unless a hint is there already. Lines after the first
 * become hints of their own. Returns the code in `err`.
 */
int err_hint(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
