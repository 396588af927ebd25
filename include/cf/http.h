/*
 * HTTP requests over libcurl.
 *
 * A request is begun, other work is done, and it is finished later; several may
 * be under way, and connections are used again. Only https is spoken, and http
 * to this machine itself (see cf/url.h), which never goes through a proxy.
 * Certificates are always checked. Redirects are never followed. For other
 * hosts the proxy variables that curl knows (https_proxy, no_proxy) hold.
 *
 * Not for use by several threads at once.
 */
#ifndef CF_HTTP_H
#define CF_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

/* A member that is 0 or NULL stands for the default beside it. */
struct http_config {
	long connect_timeout_ms;   /* 15 s */
	long timeout_ms;	   /* of one attempt, all in all: 120 s */
	size_t max_reply;	   /* bytes, uncompressed: 64 MiB */
	unsigned int max_attempts; /* of a repeatable request: 5 */
	long backoff_ms;	   /* before the second attempt: 250 ms */
	long max_wait_ms;	   /* for a rate limit to end: 6 minutes */
	long rate_limit;	   /* in the window: 1200; -1: none */
	long rate_window_ms;	   /* 5 minutes */
	const char *ca_file;	   /* certificates to trust: curl's */
	/* Asked a few times a second while waiting; true ends the wait. */
	bool (*cancelled)(void *data);
	/* Told why it takes longer, as one line to show. */
	void (*notice)(void *data, const char *text);
	void *data;
};

struct http_stats {
	uint64_t requests; /* attempts that were started */
	uint64_t retries;
	uint64_t sent;	   /* bytes, headers and bodies */
	uint64_t received; /* bytes, as they came over the wire */
};

/* What the server can have done with a request. */
enum http_fate {
	HTTP_NOT_SENT,	 /* nothing: it never had it */
	HTTP_MAYBE_DONE, /* it was sent, and no whole reply came back */
	HTTP_ANSWERED,
};

struct http_reply {
	enum http_fate fate;
	long status;
	struct buf body;
	char content_type[64];	/* these four are empty if not sent */
	char location[256];	/* where a redirect points, without query */
	char mitigated[16];	/* "challenge": kept away as a robot */
	char ray[48];		/* Cloudflare's name of this request */
	char etag[64];		/* with its quotes; empty if not sent */
	int64_t retry_after_ms; /* -1: not said */
	unsigned int attempts;
};

/* The first bytes of an open file, which is read while they are sent. */
struct http_upload {
	int fd;
	uint64_t size;
};

struct http_request {
	const char *method; /* a literal */
	const char *url;
	const char *const *headers;	  /* "Name: value", NULL at the end */
	struct buf *body;		  /* NULL: none */
	const struct http_upload *upload; /* in place of a body, or NULL */
	/*
	 * It may be sent again if it is not known to have succeeded. Without
	 * this it is sent once, on a connection of its own: libcurl itself
	 * repeats what was lost on a connection that was used before.
	 */
	bool repeatable;
	/*
	 * Whether the reply is the kind that another attempt may mend; never
	 * NULL.
	 */
	bool (*is_passing)(const struct http_reply *reply);
};

struct http;
struct http_exchange;

/* `config` is copied; its ca_file stays borrowed. */
int http_open(struct http **http, const struct http_config *config,
	      struct err *err) MUST_CHECK;

/* Frees it; every exchange was finished or cancelled. NULL is allowed. */
void http_close(struct http *http);

const struct http_stats *http_stats(const struct http *http);

/*
 * Starts a request without waiting for anything; its time limits run from now
 * on. All is copied, but the body, which moves out of request->body (in every
 * case, so it is empty afterwards). *exchange is NULL after a failure.
 */
int http_begin(struct http_exchange **exchange, struct http *http,
	       const struct http_request *request, struct err *err) MUST_CHECK;

/*
 * Waits for the reply and frees the exchange. Any status counts as success
 * here; what could not be answered is D1_EUNREACHABLE. `reply` is filled in
 * either case (after a failure its `fate` and `attempts` say how far it came)
 * and is released by the caller.
 */
int http_finish(struct http_exchange *exchange, struct http_reply *reply,
		struct err *err) MUST_CHECK;

/* Gives a request up and frees the exchange; NULL is allowed. */
void http_cancel(struct http_exchange *exchange);

void http_reply_release(struct http_reply *reply);

#endif
