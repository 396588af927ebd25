/*
 * One call to Cloudflare's API: credentials, envelope, errors. Private to cf/.
 */
#ifndef CF_CALL_H
#define CF_CALL_H

#include <stdbool.h>

#include "cf/d1.h"
#include "cf/envelope.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

struct call;

struct call_request {
	const char *method;
	const char *url;
	struct buf *body;     /* JSON, taken over; NULL: none */
	const char *database; /* id or name, for messages; NULL: none */
	bool writes;	      /* needs the permission to write */
	bool again; /* it writes, but may be sent again all the same */
};

/* What came back; points into the body and arena given to call_finish(). */
struct answer {
	enum d1_fate fate;
	const char *sql_error; /* see struct d1_reply */
	struct json result;
};

/*
 * Appends the URL of the account: "https://.../accounts/ID", or that of the
 * Local Explorer, which is looked for at the first time.
 */
int call_add_account(struct buf *url, struct d1_client *client,
		     struct err *err) MUST_CHECK;

/* The account of the client, NULL for the Local Explorer. Borrowed. */
const char *call_account(const struct d1_client *client);

/* Bytes that a body may have. */
size_t call_max_body(const struct d1_client *client);

int call_begin(struct call **call, struct d1_client *client,
	       const struct call_request *request, struct err *err) MUST_CHECK;

/*
 * Waits and frees the call. The reply's body moves into `body`, which is
 * released by the caller in any case; `answer` is set in any case, its result
 * and info only after success.
 */
int call_finish(struct call *call, struct answer *answer, struct buf *body,
		struct arena *arena, struct err *err) MUST_CHECK;

/*
 * Puts `size` bytes of the open file to a URL that a reply named, without
 * credentials. The server has to confirm the MD5 digest.
 */
int call_upload(struct d1_client *client, const char *url, int fd,
		uint64_t size, const char *md5, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void call_cancel(struct call *call);

#endif
