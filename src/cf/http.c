#include "config.h"

#include "cf/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cf/budget.h"
#include "cf/curl.h"
#include "cf/header.h"
#include "cf/network.h"
#include "cf/transfer.h"
#include "cf/url.h"
#include "util/progress.h"
#include "util/trace.h"

enum {
	DEFAULT_CONNECT_TIMEOUT_MS = 15 * 1000,
	/* D1 ends a call after 30 s; a large body takes its time besides. */
	DEFAULT_TIMEOUT_MS = 120 * 1000,
	DEFAULT_MAX_REPLY = 64 << 20,
	DEFAULT_MAX_ATTEMPTS = 5,
	DEFAULT_BACKOFF_MS = 250,
	MAX_BACKOFF_MS = 8 * 1000,
	/* Who passes the rate limit is blocked for five minutes. */
	DEFAULT_MAX_WAIT_MS = 6 * 60 * 1000,
	DEFAULT_RATE_LIMIT = 1200,
	DEFAULT_RATE_WINDOW_MS = 5 * 60 * 1000,
	/*
	 * All requests together may be repeated this often, and once more for
	 * every ten that are sent: a server in trouble is not hit harder.
	 */
	RETRY_FLOOR = 20,
	RETRY_SHARE = 10,
	/* More at once would only queue: a D1 database works on one call. */
	MAX_CONNECTIONS = 8,
	/* How long a wait may go on before `cancelled` is asked. */
	POLL_MS = 100,
	/* A wait that is worth a word to the user. */
	NOTICE_MS = 2000,
};

struct http {
	struct http_config config;
	struct http_stats stats;
	struct budget budget;
	CURLM *multi;
	struct http_exchange *exchanges;
};

enum state {
	WAITING, /* to be sent when `due` */
	RUNNING,
	DONE, /* `reply` or `err` is set */
};

struct http_exchange {
	struct http *http;
	struct http_exchange *next;
	enum state state;
	int64_t due;
	CURL *easy;
	const char *method;
	char *url;
	char *host; /* of the URL, with its port, for messages */
	struct curl_slist *headers;
	struct buf body;
	struct upload upload;
	bool repeatable;
	bool (*is_passing)(const struct http_reply *reply);
	struct http_reply reply;
	struct err err;
	char detail[CURL_ERROR_SIZE];
};

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- opening ------------------------------------------------------------ */

static void set_defaults(struct http_config *config)
{
	if (!config->connect_timeout_ms)
		config->connect_timeout_ms = DEFAULT_CONNECT_TIMEOUT_MS;
	if (!config->timeout_ms)
		config->timeout_ms = DEFAULT_TIMEOUT_MS;
	if (!config->max_reply)
		config->max_reply = DEFAULT_MAX_REPLY;
	if (!config->max_attempts)
		config->max_attempts = DEFAULT_MAX_ATTEMPTS;
	if (!config->backoff_ms)
		config->backoff_ms = DEFAULT_BACKOFF_MS;
	if (!config->max_wait_ms)
		config->max_wait_ms = DEFAULT_MAX_WAIT_MS;
	if (!config->rate_limit)
		config->rate_limit = DEFAULT_RATE_LIMIT;
	if (!config->rate_window_ms)
		config->rate_window_ms = DEFAULT_RATE_WINDOW_MS;
}

int http_open(struct http **http, const struct http_config *config,
	      struct err *err)
{
	struct http *opened;

	*http = NULL;
	if (libcurl_load(err))
		return err->code;
	if (libcurl.global_init(CURL_GLOBAL_DEFAULT))
		return err_set(err, D1_ERROR, "libcurl cannot be started");
	opened = calloc(1, sizeof(*opened));
	if (!opened) {
		libcurl.global_cleanup();
		return err_set_nomem(err);
	}
	opened->config = *config;
	set_defaults(&opened->config);
	opened->multi = libcurl.multi_init();
	if (!opened->multi) {
		err_set_nomem(err);
		goto fail;
	}
	libcurl.multi_setopt(opened->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
			     (long)MAX_CONNECTIONS);
	if (budget_init(&opened->budget,
			opened->config.rate_limit > 0
				? (size_t)opened->config.rate_limit
				: 0,
			opened->config.rate_window_ms, err))
		goto fail;
	*http = opened;
	return 0;
fail:
	http_close(opened);
	return err->code;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	if (http->multi)
		libcurl.multi_cleanup(http->multi);
	budget_release(&http->budget);
	free(http);
	libcurl.global_cleanup();
}

const struct http_stats *http_stats(const struct http *http)
{
	return &http->stats;
}

/* --- one request -------------------------------------------------------- */

static int add_header(struct curl_slist **list, const char *header,
		      struct err *err)
{
	struct curl_slist *longer = libcurl.slist_append(*list, header);

	if (!longer)
		return err_set_nomem(err);
	*list = longer;
	return 0;
}

static int copy_headers(struct http_exchange *exchange,
			const char *const *headers, struct err *err)
{
	for (; headers && *headers; headers++)
		if (add_header(&exchange->headers, *headers, err))
			return err->code;
	/* else a large body would wait up to a second for "100 Continue" */
	return add_header(&exchange->headers, "Expect:", err);
}

static void free_headers(struct curl_slist *headers)
{
	for (struct curl_slist *item = headers; item; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	libcurl.slist_free_all(headers);
}

static void unlink_exchange(struct http_exchange *exchange)
{
	struct http_exchange **link = &exchange->http->exchanges;

	while (*link && *link != exchange)
		link = &(*link)->next;
	if (*link)
		*link = exchange->next;
}

static void free_exchange(struct http_exchange *exchange)
{
	unlink_exchange(exchange);
	if (exchange->state == RUNNING)
		libcurl.multi_remove_handle(exchange->http->multi,
					    exchange->easy);
	libcurl.easy_cleanup(exchange->easy);
	free_headers(exchange->headers);
	buf_release(&exchange->body);
	http_reply_release(&exchange->reply);
	free(exchange->host);
	free(exchange->url);
	free(exchange);
}

void http_cancel(struct http_exchange *exchange)
{
	if (exchange)
		free_exchange(exchange);
}

void http_reply_release(struct http_reply *reply)
{
	buf_release(&reply->body);
}

/* --- attempts ----------------------------------------------------------- */

static int multi_error(CURLMcode code, struct err *err)
{
	if (code == CURLM_OUT_OF_MEMORY)
		return err_set_nomem(err);
	return err_set(err, D1_ERROR, "libcurl failed: %s",
		       libcurl.multi_strerror(code));
}

static void tell(struct http *http, const char *host, const char *why,
		 int64_t wait_ms)
{
	char text[256];

	trace_printf(TRACE_GENERAL, "%s: %s, next attempt in %" PRId64 " ms",
		     host, why, wait_ms);
	if (!http->config.notice || wait_ms < NOTICE_MS)
		return;
	snprintf(text, sizeof(text), "%s: %s, waiting %" PRId64 " s", host, why,
		 (wait_ms + 999) / 1000);
	http->config.notice(http->config.data, text);
}

static void start_attempt(struct http_exchange *exchange)
{
	struct http *http = exchange->http;
	CURLMcode code;

	buf_clear(&exchange->reply.body);
	exchange->upload.sent = 0;
	exchange->detail[0] = '\0';
	exchange->reply.attempts++;
	exchange->state = RUNNING;
	budget_spend(&http->budget, clock_ms());
	http->stats.requests++;
	progress_request();
	code = libcurl.multi_add_handle(http->multi, exchange->easy);
	if (code) {
		exchange->state = DONE;
		multi_error(code, &exchange->err);
	}
}

/* Starts a request that is due, or puts it off while a rate limit holds. */
static void start_if_due(struct http_exchange *exchange, int64_t now)
{
	struct http *http = exchange->http;
	int64_t ready = budget_ready(&http->budget);

	if (exchange->due > now)
		return;
	if (ready <= now) {
		start_attempt(exchange);
		return;
	}
	if (ready - now > http->config.max_wait_ms) {
		exchange->state = DONE;
		err_set(&exchange->err, D1_EUNREACHABLE,
			"'%s' takes no more requests for %" PRId64 " seconds"
			" (rate limit)",
			exchange->host, (ready - now + 999) / 1000);
		err_hint(&exchange->err, "try again after that time");
		return;
	}
	exchange->due = ready;
	tell(http, exchange->host, "rate limit reached", ready - now);
}

/* Waits before attempt n + 1: doubled each time, the second half random. */
static int64_t backoff_ms(const struct http_exchange *exchange)
{
	int64_t wait = exchange->http->config.backoff_ms;
	struct timespec now;

	for (unsigned int i = 1; i < exchange->reply.attempts; i++)
		if (wait < MAX_BACKOFF_MS)
			wait *= 2;
	if (wait > MAX_BACKOFF_MS)
		wait = MAX_BACKOFF_MS;
	/* only has to differ between processes that failed together */
	clock_gettime(CLOCK_REALTIME, &now);
	return wait / 2 + now.tv_nsec / 1000 % (wait / 2 + 1);
}

/* Puts the request off for another attempt; false if there is to be none. */
static bool try_again(struct http_exchange *exchange, const char *why)
{
	struct http *http = exchange->http;
	int64_t now = clock_ms();
	int64_t wait = backoff_ms(exchange);

	if (!exchange->repeatable ||
	    exchange->reply.attempts >= http->config.max_attempts ||
	    http->stats.retries >=
		    RETRY_FLOOR + http->stats.requests / RETRY_SHARE)
		return false;
	if (exchange->reply.retry_after_ms > http->config.max_wait_ms)
		return false;
	if (exchange->reply.retry_after_ms > wait)
		wait = exchange->reply.retry_after_ms;
	http->stats.retries++;
	exchange->state = WAITING;
	exchange->due = now + wait;
	tell(http, exchange->host, why, wait);
	return true;
}

/* --- replies ------------------------------------------------------------ */

/* Lets the whole process wait if the server says that the limit is reached. */
static void note_rate_limit(struct http_exchange *exchange)
{
	struct http *http = exchange->http;
	int64_t wait = exchange->reply.retry_after_ms;
	char remaining[32];

	header_text(exchange->easy, "x-ratelimit-remaining", remaining,
		    sizeof(remaining));
	if (strcmp(remaining, "0") == 0) {
		int64_t reset =
			header_moment(exchange->easy, "x-ratelimit-reset");

		if (reset > wait)
			wait = reset;
	} else if (exchange->reply.status != 429) {
		return;
	}
	if (wait > 0)
		budget_block(&http->budget, clock_ms() + wait);
}

static void read_reply(struct http_exchange *exchange)
{
	struct http_reply *reply = &exchange->reply;
	CURL *easy = exchange->easy;

	reply->fate = HTTP_ANSWERED;
	libcurl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply->status);
	header_text(easy, "content-type", reply->content_type,
		    sizeof(reply->content_type));
	header_text(easy, "location", reply->location, sizeof(reply->location));
	reply->location[strcspn(reply->location, "?#")] = '\0';
	header_text(easy, "cf-mitigated", reply->mitigated,
		    sizeof(reply->mitigated));
	header_text(easy, "cf-ray", reply->ray, sizeof(reply->ray));
	header_text(easy, "etag", reply->etag, sizeof(reply->etag));
	reply->retry_after_ms = header_moment(easy, "retry-after");
	note_rate_limit(exchange);
}

static void count_traffic(struct http_exchange *exchange)
{
	struct http_stats *stats = &exchange->http->stats;
	curl_off_t uploaded = 0, downloaded = 0;
	long request = 0, header = 0;

	libcurl.easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &request);
	libcurl.easy_getinfo(exchange->easy, CURLINFO_HEADER_SIZE, &header);
	libcurl.easy_getinfo(exchange->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
	libcurl.easy_getinfo(exchange->easy, CURLINFO_SIZE_DOWNLOAD_T,
			     &downloaded);
	stats->sent += (uint64_t)request + (uint64_t)uploaded;
	stats->received += (uint64_t)header + (uint64_t)downloaded;
	/* the others are counted as they pass */
	progress_bytes((uint64_t)request + (uint64_t)header);
	if (exchange->body.data)
		progress_bytes((uint64_t)uploaded);
}

static void trace_attempt(struct http_exchange *exchange, CURLcode code)
{
	curl_off_t micros = 0;

	if (!trace_wanted(TRACE_GENERAL))
		return;
	libcurl.easy_getinfo(exchange->easy, CURLINFO_TOTAL_TIME_T, &micros);
	trace_printf(TRACE_GENERAL,
		     "http: %s %s: %ld%s%s, %zu bytes, %" PRId64 " ms",
		     exchange->method, exchange->url, exchange->reply.status,
		     code ? " " : "", code ? libcurl.easy_strerror(code) : "",
		     exchange->reply.body.len, (int64_t)micros / 1000);
}

/* Ends an attempt that brought no whole reply. */
static void attempt_failed(struct http_exchange *exchange, CURLcode code)
{
	struct network_failure failure = {
		.code = code,
		.host = exchange->host,
		.detail = exchange->detail,
		.attempts = exchange->reply.attempts,
	};
	const struct http_config *config = &exchange->http->config;
	long request_size = 0, os_error = 0;

	libcurl.easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE,
			     &request_size);
	libcurl.easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &os_error);
	failure.os_error = (int)os_error;
	failure.sent = request_size > 0;
	failure.timeout_ms =
		failure.sent ? config->timeout_ms : config->connect_timeout_ms;
	exchange->reply.fate = failure.sent ? HTTP_MAYBE_DONE : HTTP_NOT_SENT;
	exchange->reply.retry_after_ms = -1;
	if (buf_check(&exchange->reply.body, "the server's reply",
		      &exchange->err))
		return;
	if (network_is_passing(&failure) &&
	    try_again(exchange, libcurl.easy_strerror(code)))
		return;
	network_error(&failure, &exchange->err);
}

static void attempt_ended(struct http_exchange *exchange, CURLcode code)
{
	const struct http_reply *reply = &exchange->reply;
	char why[32];

	libcurl.multi_remove_handle(exchange->http->multi, exchange->easy);
	exchange->state = DONE;
	count_traffic(exchange);
	if (code) {
		exchange->reply.status = 0;
		trace_attempt(exchange, code);
		attempt_failed(exchange, code);
		return;
	}
	read_reply(exchange);
	trace_attempt(exchange, code);
	snprintf(why, sizeof(why), "HTTP status %ld", reply->status);
	if (exchange->is_passing(reply))
		(void)try_again(exchange, why);
}

/* --- the loop ----------------------------------------------------------- */

/* Starts what is due and lets all transfers move as far as they can. */
static int drive(struct http *http, struct err *err)
{
	int64_t now = clock_ms();
	CURLMsg *message;
	CURLMcode code;
	int count;

	for (struct http_exchange *it = http->exchanges; it; it = it->next)
		if (it->state == WAITING)
			start_if_due(it, now);
	code = libcurl.multi_perform(http->multi, &count);
	if (code)
		return multi_error(code, err);
	while ((message = libcurl.multi_info_read(http->multi, &count))) {
		CURLcode result = message->data.result;
		struct http_exchange *exchange;

		libcurl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				     &exchange);
		attempt_ended(exchange, result);
	}
	return 0;
}

/* How long to wait for the network until something else is to be done. */
static int wait_ms(const struct http *http)
{
	int64_t now = clock_ms();
	int64_t wait = POLL_MS;

	for (struct http_exchange *it = http->exchanges; it; it = it->next)
		if (it->state == WAITING && it->due - now < wait)
			wait = it->due - now;
	return wait > 0 ? (int)wait : 0;
}

static int wait_until_done(struct http_exchange *exchange, struct err *err)
{
	struct http *http = exchange->http;
	const struct http_config *config = &http->config;

	for (;;) {
		CURLMcode code;

		if (drive(http, err))
			return err->code;
		if (exchange->state == DONE)
			return 0;
		progress_poll();
		if (config->cancelled && config->cancelled(config->data))
			return err_set(err, D1_ERROR,
				       "interrupted while waiting for '%s'",
				       exchange->host);
		code = libcurl.multi_poll(http->multi, NULL, 0, wait_ms(http),
					  NULL);
		if (code)
			return multi_error(code, err);
	}
}

static int prepare(struct http_exchange *exchange,
		   const struct http_request *request, struct err *err)
{
	const struct http_config *config = &exchange->http->config;
	struct url_target target;
	struct transfer transfer = {
		.method = request->method,
		.body = &exchange->body,
		.upload = request->upload ? &exchange->upload : NULL,
		.own_connection = !request->repeatable,
		.connect_timeout_ms = config->connect_timeout_ms,
		.timeout_ms = config->timeout_ms,
		.ca_file = config->ca_file,
		.reply = &exchange->reply.body,
		.detail = exchange->detail,
		.owner = exchange,
	};

	if (url_check(&target, request->url, err))
		return err->code;
	exchange->host = target.host;
	exchange->url = strdup(request->url);
	exchange->easy = libcurl.easy_init();
	if (!exchange->url || !exchange->easy)
		return err_set_nomem(err);
	if (copy_headers(exchange, request->headers, err))
		return err->code;
	transfer.url = exchange->url;
	transfer.headers = exchange->headers;
	transfer.local = target.local;
	return transfer_prepare(exchange->easy, &transfer, err);
}

int http_begin(struct http_exchange **exchange, struct http *http,
	       const struct http_request *request, struct err *err)
{
	struct http_exchange *begun = calloc(1, sizeof(*begun));

	*exchange = NULL;
	if (!begun) {
		if (request->body)
			buf_release(request->body);
		return err_set_nomem(err);
	}
	begun->http = http;
	begun->method = request->method;
	begun->repeatable = request->repeatable;
	begun->is_passing = request->is_passing;
	if (request->upload) {
		begun->upload.fd = request->upload->fd;
		begun->upload.size = request->upload->size;
	}
	begun->reply.retry_after_ms = -1;
	buf_init(&begun->reply.body, http->config.max_reply);
	if (request->body) {
		begun->body = *request->body;
		buf_init(request->body, request->body->max);
	}
	if (prepare(begun, request, err))
		goto fail;
	begun->next = http->exchanges;
	http->exchanges = begun;
	if (drive(http, err))
		goto fail;
	*exchange = begun;
	return 0;
fail:
	free_exchange(begun);
	return err->code;
}

int http_finish(struct http_exchange *exchange, struct http_reply *reply,
		struct err *err)
{
	int rc;

	progress_begin("waiting for the server", NULL, 0);
	rc = wait_until_done(exchange, err);
	progress_end();
	if (!rc && exchange->err.code) {
		rc = err_set(err, exchange->err.code, "%s",
			     exchange->err.message);
		err_hint(err, "%s", exchange->err.hint);
	}
	/* given up while it was on its way: nobody knows */
	if (rc && exchange->state == RUNNING)
		exchange->reply.fate = HTTP_MAYBE_DONE;
	*reply = exchange->reply;
	buf_init(&exchange->reply.body, 0);
	free_exchange(exchange);
	return rc;
}
