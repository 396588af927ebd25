#include "config.h"

#include "cf/call.h"

#include <stdlib.h>
#include <string.h>

#include "cf/explorer.h"
#include "cf/fault.h"
#include "cf/url.h"
#include "util/interrupt.h"
#include "util/trace.h"

enum { MAX_HEADER = 8192 };

struct d1_client {
	struct http *http;
	char *base;    /* URL without a slash at the end */
	char *host;    /* of the URL, for messages */
	char *account; /* NULL: the Local Explorer */
	bool found;    /* `base` is where the Local Explorer is */
	size_t max_body;
	struct buf headers[2]; /* the credentials */
	const char *secret;    /* the token or key within them */
};

static int check_secret(const char *what, const char *secret, struct err *err)
{
	for (const char *c = secret; *c; c++)
		if (*c <= ' ' || *c > '~') {
			err_set(err, D1_EAUTH,
				"the %s holds a character that none has", what);
			return err_hint(err, "check it for line breaks, blanks"
					     " and quotes");
		}
	if (!*secret)
		return err_set(err, D1_EAUTH, "the %s is empty", what);
	return 0;
}

static int add_credentials(struct d1_client *client,
			   const struct d1_access *access, struct err *err)
{
	struct buf *headers = client->headers;
	const char *secret = access->token ? access->token : access->key;

	if (check_secret(access->token ? "API token" : "API key", secret, err))
		return err->code;
	/* in one piece: a buffer that grows leaves copies of a secret behind */
	buf_add_format(&headers[0], "%s %s",
		       access->token ? "Authorization: Bearer" : "X-Auth-Key:",
		       secret);
	if (!access->token) {
		if (check_secret("email address", access->email, err))
			return err->code;
		buf_add_format(&headers[1], "X-Auth-Email: %s", access->email);
	}
	for (int i = 0; i < 2; i++)
		if (buf_check(&headers[i], "the API token", err))
			return err->code;
	client->secret = headers[0].data + headers[0].len - strlen(secret);
	trace_hide(client->secret);
	return 0;
}

static int check_access(const struct d1_access *access, struct err *err)
{
	if (!access->account_id)
		return 0;
	if (!*access->account_id) {
		err_set(err, D1_EAUTH, "the account id is empty");
		return err_hint(err, "set account_id in the wrangler"
				     " configuration, or"
				     " CLOUDFLARE_ACCOUNT_ID");
	}
	if (access->token || (access->key && access->email))
		return 0;
	err_set(err, D1_EAUTH, "there is no API token");
	return err_hint(err, "set CLOUDFLARE_API_TOKEN, or run 'wrangler"
			     " login'");
}

static int copy_base(struct d1_client *client, const char *url, struct err *err)
{
	size_t size = strlen(url);

	if (strpbrk(url, "?#"))
		return err_set(err, D1_ERROR,
			       "the base URL of the API holds a '?' or '#'");
	while (size > 0 && url[size - 1] == '/')
		size--;
	client->base = strndup(url, size);
	return client->base ? 0 : err_set_nomem(err);
}

int d1_client_open(struct d1_client **client, const struct d1_access *access,
		   struct err *err)
{
	struct http_config config = access->http;
	struct url_target target = { NULL, false };
	struct d1_client *opened;

	*client = NULL;
	if (check_access(access, err) ||
	    url_check(&target, access->base_url, err))
		return err->code;
	opened = calloc(1, sizeof(*opened));
	if (!opened) {
		free(target.host);
		return err_set_nomem(err);
	}
	opened->host = target.host;
	opened->max_body = access->max_body ? access->max_body : D1_MAX_BODY;
	for (size_t i = 0; i < ARRAY_SIZE(opened->headers); i++)
		buf_init(&opened->headers[i], MAX_HEADER);
	/* the limit of 1200 in five minutes is Cloudflare's */
	if (target.local && !config.rate_limit)
		config.rate_limit = -1;
	if (copy_base(opened, access->base_url, err))
		goto fail;
	if (access->account_id) {
		opened->account = strdup(access->account_id);
		if (!opened->account) {
			err_set_nomem(err);
			goto fail;
		}
		if (add_credentials(opened, access, err))
			goto fail;
	}
	if (http_open(&opened->http, &config, err))
		goto fail;
	*client = opened;
	return 0;
fail:
	d1_client_close(opened);
	return err->code;
}

void d1_client_close(struct d1_client *client)
{
	if (!client)
		return;
	http_close(client->http);
	if (client->secret)
		trace_unhide(client->secret);
	for (size_t i = 0; i < ARRAY_SIZE(client->headers); i++) {
		struct buf *header = &client->headers[i];

		if (header->data)
			explicit_bzero(header->data, header->cap);
		buf_release(header);
	}
	free(client->account);
	free(client->host);
	free(client->base);
	free(client);
}

const struct http_stats *d1_client_stats(const struct d1_client *client)
{
	return http_stats(client->http);
}

const char *call_account(const struct d1_client *client)
{
	return client->account;
}

size_t call_max_body(const struct d1_client *client)
{
	return client->max_body;
}

int call_add_account(struct buf *url, struct d1_client *client, struct err *err)
{
	if (client->account) {
		buf_add_string(url, client->base);
		buf_add_string(url, "/accounts");
		url_add_segment(url, client->account);
		return 0;
	}
	if (!client->found) {
		if (explorer_find(&client->base, client->http, err))
			return err->code;
		client->found = true;
	}
	buf_add_string(url, client->base);
	return 0;
}

/* --- a call ------------------------------------------------------------- */

struct call {
	struct d1_client *client;
	struct http_exchange *exchange;
	char *database; /* NULL: none */
	bool writes;
};

/* True if the bytes begin and end as an object does. */
static bool looks_whole(const struct buf *body)
{
	size_t size = body->len;

	while (size > 0 && strchr(" \t\r\n", body->data[size - 1]))
		size--;
	return size > 1 && body->data[0] == '{' && body->data[size - 1] == '}';
}

static bool is_passing(const struct http_reply *reply)
{
	struct arena arena = ARENA_INIT;
	struct err malformed = ERR_INIT;
	struct envelope envelope;
	struct fault fault = { .reply = reply, .host = "" };
	bool passing;

	/* a long answer is not read here only to be read again */
	if (reply->status / 100 == 2 && looks_whole(&reply->body))
		return false;
	if (!envelope_read(&envelope, reply->body.data, reply->body.len, &arena,
			   &malformed))
		fault.envelope = &envelope;
	passing = fault_is_passing(&fault);
	arena_release(&arena);
	return passing;
}

int call_begin(struct call **call, struct d1_client *client,
	       const struct call_request *request, struct err *err)
{
	const char *headers[4] = { NULL };
	struct http_request http_request = {
		.method = request->method,
		.url = request->url,
		.headers = headers,
		.body = request->body,
		.repeatable = !request->writes || request->again,
		.is_passing = is_passing,
	};
	struct call *begun = calloc(1, sizeof(*begun));
	size_t count = 0;

	*call = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(client->headers); i++)
		if (client->headers[i].data)
			headers[count++] = client->headers[i].data;
	/* libcurl would call an empty body a form */
	headers[count++] = request->body ? "Content-Type: application/json"
					 : "Content-Type:";
	if (begun && request->database)
		begun->database = strdup(request->database);
	if (!begun || (request->database && !begun->database)) {
		err_set_nomem(err);
		goto fail;
	}
	begun->client = client;
	begun->writes = request->writes;
	if (!http_request.repeatable)
		interrupt_writing();
	if (http_begin(&begun->exchange, client->http, &http_request, err))
		goto fail;
	*call = begun;
	return 0;
fail:
	call_cancel(begun);
	return err->code;
}

void call_cancel(struct call *call)
{
	if (!call)
		return;
	http_cancel(call->exchange);
	free(call->database);
	free(call);
}

/* Finds out what the server's reply means. */
static int read_answer(const struct call *call, struct answer *answer,
		       const struct http_reply *reply, struct arena *arena,
		       struct err *err)
{
	struct err malformed = ERR_INIT;
	struct envelope envelope;
	struct fault fault = {
		.reply = reply,
		.host = call->client->host,
		.account = call->client->account,
		.database = call->database,
		.writes = call->writes,
	};

	if (!envelope_read(&envelope, reply->body.data, reply->body.len, arena,
			   &malformed))
		fault.envelope = &envelope;
	else if (malformed.code == D1_ENOMEM)
		return err_set_nomem(err);
	else
		fault.malformed = malformed.message;
	if (fault_is_none(&fault)) {
		answer->fate = D1_DONE;
		answer->result = envelope.result;
		return 0;
	}
	answer->fate = fault_is_harmless(&fault) ? D1_NOT_DONE : D1_UNKNOWN;
	if (fault_is_sql(&fault))
		answer->sql_error = envelope.message;
	return fault_error(&fault, err);
}

/* A server may repeat what it was sent; the secret is not shown even then. */
static void hide_secret(char *text, const char *secret)
{
	size_t size = secret ? strlen(secret) : 0;
	char *hit;

	while (size > 0 && (hit = strstr(text, secret)))
		memset(hit, '*', size);
}

int call_finish(struct call *call, struct answer *answer, struct buf *body,
		struct arena *arena, struct err *err)
{
	struct http_reply reply;
	int rc;

	*answer = (struct answer){ .fate = D1_UNKNOWN };
	rc = http_finish(call->exchange, &reply, err);
	call->exchange = NULL;
	*body = reply.body;
	if (!rc)
		rc = read_answer(call, answer, &reply, arena, err);
	else if (reply.fate == HTTP_NOT_SENT)
		answer->fate = D1_NOT_DONE;
	if (rc) {
		hide_secret(err->message, call->client->secret);
		hide_secret(err->hint, call->client->secret);
	}
	call_cancel(call);
	return rc;
}

/* --- uploading ---------------------------------------------------------- */

static bool is_passing_status(const struct http_reply *reply)
{
	return reply->status == 429 || reply->status / 100 == 5;
}

/* The place that takes uploads is not the API: it has no envelopes. */
static int check_upload(const struct http_reply *reply, const char *md5,
			struct err *err)
{
	size_t size = strlen(md5);

	if (reply->status != 200) {
		err_set(err, D1_EUNREACHABLE,
			"the upload was not taken (HTTP status %ld)",
			reply->status);
		return err_hint(err, "try again later");
	}
	/* "<md5>", with quotes */
	if (*reply->etag && !strstr(reply->etag, md5)) {
		err_set(err, D1_EUNREACHABLE,
			"the upload arrived damaged: its digest is %s, not "
			"%.*s",
			reply->etag, (int)size, md5);
		return err_hint(err, "try again");
	}
	return 0;
}

int call_upload(struct d1_client *client, const char *url, int fd,
		uint64_t size, const char *md5, struct err *err)
{
	const struct http_upload upload = { .fd = fd, .size = size };
	const struct http_request request = {
		.method = "PUT",
		.url = url,
		.upload = &upload,
		.repeatable = true,
		.is_passing = is_passing_status,
	};
	struct http_exchange *exchange;
	struct http_reply reply;

	if (http_begin(&exchange, client->http, &request, err))
		return err->code;
	if (http_finish(exchange, &reply, err) == 0)
		(void)!check_upload(&reply, md5, err);
	http_reply_release(&reply);
	return err->code;
}
