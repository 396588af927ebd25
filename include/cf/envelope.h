/*
 * The envelope that all replies of Cloudflare's API have:
 *
 *	{"result":...,"success":true,"errors":[],"messages":[],
 *	 "result_info":{...}}
 */
#ifndef CF_ENVELOPE_H
#define CF_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/compiler.h"
#include "util/err.h"
#include "util/json.h"

/* Points into the reply and the arena that it was read with. */
struct envelope {
	bool success;
	int64_t code;	     /* of the first error, 0 if there is none */
	const char *message; /* of all errors, "; " in between; or NULL */
	struct json result;  /* a reader in front of the result's value */
};

/*
 * Reads an envelope; its result is only looked through. Anything else than an
 * envelope is D1_ERROR. Data and arena are borrowed while `envelope` is used.
 */
int envelope_read(struct envelope *envelope, const char *data, size_t size,
		  struct arena *arena, struct err *err) MUST_CHECK;

#endif
