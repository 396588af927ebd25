#include "config.h"

#include "cf/envelope.h"

#include <string.h>

#include "cf/fields.h"

/* Messages after this many bytes would say nothing new. */
enum { ENOUGH = 4096 };

static int read_errors(struct json *json, struct envelope *envelope,
		       struct arena *arena, struct err *err);

/* Appends the message of one error to those before it. */
static int add_message(struct envelope *envelope,
		       const struct json_token *message, struct arena *arena,
		       struct err *err)
{
	const char *before = envelope->message;

	if (message->type != JSON_STRING || (before && strlen(before) > ENOUGH))
		return 0;
	envelope->message =
		arena_format(arena, "%s%s%.*s", before ? before : "",
			     before ? "; " : "", (int)message->size,
			     message->data);
	return envelope->message ? 0 : err_set_nomem(err);
}

/* Reads an error, the reader behind its '{'. */
static int read_error(struct json *json, struct envelope *envelope,
		      struct arena *arena, struct err *err)
{
	for (;;) {
		struct json_token key, value;

		if (json_next(json, &key, err))
			return err->code;
		if (key.type == JSON_OBJECT_END)
			return 0;
		if (json_is(&key, "error_chain")) {
			if (read_errors(json, envelope, arena, err))
				return err->code;
			continue;
		}
		if (json_next(json, &value, err) ||
		    json_skip(json, &value, err))
			return err->code;
		if (json_is(&key, "code") && !envelope->code)
			(void)json_int64(&envelope->code, &value);
		if (json_is(&key, "message") &&
		    add_message(envelope, &value, arena, err))
			return err->code;
	}
}

/* Reads an array of errors; each may hold one of its causes. */
static int read_errors(struct json *json, struct envelope *envelope,
		       struct arena *arena, struct err *err)
{
	struct json_token token;

	if (json_next(json, &token, err))
		return err->code;
	if (token.type != JSON_ARRAY)
		return json_skip(json, &token, err);
	for (;;) {
		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_ARRAY_END)
			return 0;
		if (token.type == JSON_OBJECT
			    ? read_error(json, envelope, arena, err)
			    : json_skip(json, &token, err))
			return err->code;
	}
}

/* Reads the value of one member; *complete if it was the one all have. */
static int read_member(struct json *json, const struct json_token *key,
		       struct envelope *envelope, bool *complete,
		       struct arena *arena, struct err *err)
{
	struct json_token token;

	if (json_is(key, "errors"))
		return read_errors(json, envelope, arena, err);
	if (json_is(key, "result"))
		envelope->result = *json;
	if (json_next(json, &token, err) || json_skip(json, &token, err))
		return err->code;
	if (json_is(key, "success")) {
		envelope->success = token.type == JSON_TRUE;
		*complete = true;
	}
	return 0;
}

int envelope_read(struct envelope *envelope, const char *data, size_t size,
		  struct arena *arena, struct err *err)
{
	struct json_token token;
	bool complete = false;
	struct json json;

	*envelope = (struct envelope){ .success = false };
	json_init(&envelope->result, "null", 4, arena);
	json_init(&json, data, size, arena);
	if (json_next(&json, &token, err))
		return err->code;
	if (token.type != JSON_OBJECT)
		return err_set(err, D1_ERROR, "the reply is no JSON object");
	for (;;) {
		if (json_next(&json, &token, err))
			return err->code;
		if (token.type == JSON_OBJECT_END)
			break;
		if (read_member(&json, &token, envelope, &complete, arena, err))
			return err->code;
	}
	if (!complete)
		return err_set(err, D1_ERROR,
			       "the reply has no member 'success'");
	return json_next(&json, &token, err);
}
