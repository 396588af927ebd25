/*
 * Fuzz target for the JSON reader (util/json.h).
 *
 * Any bytes: reading token by token and skipping the whole value must agree on
 * whether the text is JSON, and every number must convert.
 *
 * Seeds are in tests/fuzz/corpus/json.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "util/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_all(struct json *json, struct err *err)
{
	struct json_token token;

	do {
		int64_t integer;
		double number;

		if (json_next(json, &token, err))
			return err->code;
		(void)json_int64(&integer, &token);
		if (token.type == JSON_NUMBER &&
		    json_double(&number, &token, err))
			return err->code;
	} while (token.type != JSON_END);
	return 0;
}

static int skip_all(struct json *json, struct err *err)
{
	struct json_token token;

	if (json_next(json, &token, err) || json_skip(json, &token, err) ||
	    json_next(json, &token, err))
		return err->code;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct err read_err = ERR_INIT;
	struct err skip_err = ERR_INIT;
	struct json json;
	int read_rc, skip_rc;

	json_init(&json, (const char *)data, size, &arena);
	read_rc = read_all(&json, &read_err);
	json_init(&json, (const char *)data, size, &arena);
	skip_rc = skip_all(&json, &skip_err);
	if (read_rc != skip_rc)
		abort();
	arena_release(&arena);
	return 0;
}
