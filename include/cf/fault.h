/*
 * What a reply that is no success means, and what to do about it.
 *
 * All knowledge about D1's errors is in one table in fault.c: which status,
 * code and text mean what, whether the same call may succeed a moment later,
 * and what to tell the user.
 */
#ifndef CF_FAULT_H
#define CF_FAULT_H

#include <stdbool.h>

#include "cf/envelope.h"
#include "cf/http.h"
#include "util/err.h"

struct fault {
	const struct http_reply *reply;
	const struct envelope *envelope; /* NULL: the body is none */
	const char *malformed;		 /* why it is none */
	const char *host;
	const char *account;  /* NULL: the Local Explorer, which has none */
	const char *database; /* what was asked for; NULL: no database */
	bool writes;	      /* the call needs the permission to write */
};

/* True if the reply is an answer to the call, not a fault. */
bool fault_is_none(const struct fault *fault);

/* True if the same call may succeed a moment later. */
bool fault_is_passing(const struct fault *fault);

/* True if the database's engine refused a statement. */
bool fault_is_sql(const struct fault *fault);

/*
 * True if the call had no effect for sure: it was refused as a whole, or
 * never reached the database.
 */
bool fault_is_harmless(const struct fault *fault);

/* Records the error with its hint; returns its code. */
int fault_error(const struct fault *fault, struct err *err);

#endif
