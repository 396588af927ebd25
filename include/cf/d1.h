/*
 * Cloudflare D1's REST calls, and those of wrangler's Local Explorer, which
 * speaks a part of the same API for the database of `wrangler dev`.
 *
 * Errors: D1_EAUTH for a token that is not accepted or lacks a permission,
 * D1_ENOTFOUND for an account or database that is not there, D1_EUNREACHABLE
 * for no usable answer, D1_EREFUSED for what must not be sent, D1_ERROR else.
 * Each names what to do next. Texts of the engine stand in messages as they
 * came: they are escaped where they are printed.
 */
#ifndef CF_D1_H
#define CF_D1_H

#include <stddef.h>
#include <stdint.h>

#include "cf/http.h"
#include "cf/reply.h"
#include "cf/statement.h"
#include "util/arena.h"
#include "util/compiler.h"
#include "util/err.h"

/* Whose API is asked, and as whom. All pointers are borrowed while opening. */
struct d1_access {
	/*
	 * https://api.cloudflare.com/client/v4. For the Local Explorer the
	 * address of `wrangler dev` is enough.
	 */
	const char *base_url;
	const char *account_id; /* NULL: the Local Explorer */
	/* Either a token or key and email; all NULL for the Local Explorer. */
	const char *token;
	const char *key;
	const char *email;
	size_t max_body; /* of a call, bytes; 0: D1_MAX_BODY */
	struct http_config http;
};

struct d1_client;

/* Asks nothing yet. Secrets are copied, and wiped by d1_client_close(). */
int d1_client_open(struct d1_client **client, const struct d1_access *access,
		   struct err *err) MUST_CHECK;

/* NULL is allowed. Every call was finished or cancelled. */
void d1_client_close(struct d1_client *client);

/* What was sent so far; valid while the client is open. */
const struct http_stats *d1_client_stats(const struct d1_client *client);

enum d1_intent {
	D1_READ,  /* changes nothing, so it may be sent again */
	D1_WRITE, /* is sent once, whatever happens */
};

struct d1_call;

/*
 * Starts to send statements and returns; *call is NULL if that failed. They
 * are one transaction: all or nothing, except on the Local Explorer of wrangler
 * up to 4.116.
 *
 * The Local Explorer of newer wrangler makes an empty database out of an
 * unknown id.
 */
int d1_raw_begin(struct d1_call **call, struct d1_client *client,
		 const char *database_id, const struct d1_statement *statements,
		 size_t count, enum d1_intent intent,
		 struct err *err) MUST_CHECK;

/*
 * Waits for the reply and frees the call. `reply` is filled in either case
 * (see struct d1_reply) and is released by the caller.
 */
int d1_raw_finish(struct d1_call *call, struct d1_reply *reply,
		  struct err *err) MUST_CHECK;

/* Gives the call up and frees it; NULL is allowed. */
void d1_raw_cancel(struct d1_call *call);

/* Both steps in one. `reply` is filled and released as above. */
int d1_raw(struct d1_reply *reply, struct d1_client *client,
	   const char *database_id, const struct d1_statement *statements,
	   size_t count, enum d1_intent intent, struct err *err) MUST_CHECK;

/*
 * The Time Travel bookmark of the current state, freed by the caller. The
 * Local Explorer has none: D1_ENOTFOUND.
 */
int d1_bookmark(char **bookmark, struct d1_client *client,
		const char *database_id, struct err *err) MUST_CHECK;

#endif
