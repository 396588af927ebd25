/*
 * How many requests may be sent: at most `limit` in any `window_ms`, and none
 * before a moment that the server named.
 *
 * Cloudflare counts 1200 requests in five minutes for a user, all programs
 * together, and answers the next ones for five minutes with 429. Only the own
 * requests can be counted here; the server's headers tell about the others.
 *
 * Times are milliseconds of a clock that never goes back.
 */
#ifndef CF_BUDGET_H
#define CF_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "util/compiler.h"
#include "util/err.h"

struct budget {
	int64_t *sent; /* when the last `limit` requests went out */
	size_t limit;
	size_t count;  /* of times in `sent` */
	size_t oldest; /* once `sent` is full */
	int64_t window_ms;
	int64_t blocked_until;
};

/* `limit` 0 counts nothing: only what the server says holds then. */
int budget_init(struct budget *budget, size_t limit, int64_t window_ms,
		struct err *err) MUST_CHECK;
void budget_release(struct budget *budget);

/* The first moment at which a request may be sent; now or earlier: at once. */
int64_t budget_ready(const struct budget *budget);

/* Records a request that is sent now. */
void budget_spend(struct budget *budget, int64_t now);

/* No request before that moment. A later one that was named stays. */
void budget_block(struct budget *budget, int64_t until);

#endif
