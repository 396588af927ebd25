#include "config.h"

#include "cf/explorer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cf/fields.h"
#include "util/json.h"

static const char *const paths[] = {
	"",			       /* the caller knows it */
	"/cdn-cgi/local/explorer/api", /* wrangler 4.117 and later */
	"/cdn-cgi/explorer/api",       /* wrangler 4.63 to 4.116 */
};

static bool never(const struct http_reply *reply)
{
	(void)reply;
	return false;
}

/* Reads {"info":{"title":"Local Explorer API"}}; other JSON is no error. */
static int read_title(const char **title, const struct buf *body,
		      struct arena *arena, struct err *err)
{
	static const struct field fields[] = { { "title", FIELD_TEXT, 0 } };
	struct json_token token;
	struct json json;

	*title = "";
	json_init(&json, body->data, body->len, arena);
	if (json_next(&json, &token, err))
		return err->code;
	if (token.type != JSON_OBJECT)
		return 0;
	for (;;) {
		bool info;

		if (json_next(&json, &token, err))
			return err->code;
		if (token.type == JSON_OBJECT_END)
			return 0;
		info = json_is(&token, "info");
		if (json_next(&json, &token, err))
			return err->code;
		if (info ? fields_read(&json, &token, fields,
				       ARRAY_SIZE(fields), (void *)title, arena,
				       err)
			 : json_skip(&json, &token, err))
			return err->code;
	}
}

static bool is_explorer(const struct http_reply *reply)
{
	struct arena arena = ARENA_INIT;
	struct err ignored = ERR_INIT;
	const char *title = "";
	bool found;

	/* no JSON at all is a good reason for no */
	found = reply->status == 200 && reply->body.data &&
		!read_title(&title, &reply->body, &arena, &ignored) &&
		strcmp(title, "Local Explorer API") == 0;
	arena_release(&arena);
	return found;
}

static int ask(bool *found, struct http *http, const char *url, struct err *err)
{
	struct http_request request = {
		.method = "GET",
		.url = url,
		.repeatable = true,
		.is_passing = never,
	};
	struct http_exchange *exchange;
	struct http_reply reply;
	int rc;

	if (http_begin(&exchange, http, &request, err))
		return err->code;
	rc = http_finish(exchange, &reply, err);
	*found = !rc && is_explorer(&reply);
	http_reply_release(&reply);
	return rc;
}

int explorer_find(char **base, struct http *http, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		bool found = false;
		char *url;

		if (asprintf(&url, "%s%s", *base, paths[i]) < 0)
			return err_set_nomem(err);
		if (ask(&found, http, url, err)) {
			free(url);
			return err->code;
		}
		if (found) {
			free(*base);
			*base = url;
			return 0;
		}
		free(url);
	}
	err_set(err, D1_EUNREACHABLE, "there is no Local Explorer at '%s'",
		*base);
	return err_hint(err, "give the address of 'wrangler dev' (wrangler"
			     " 4.63 or later, X_LOCAL_EXPLORER not false)");
}
