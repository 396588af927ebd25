/*
 * Fuzz target for replies of the API (cf/envelope.h, cf/reply.h, cf/fault.h).
 *
 * Any bytes as a body: what is an envelope must either be read as the results
 * of a /raw call or be refused, and every other body has an error that says so.
 * The first byte stands for the HTTP status.
 *
 * Seeds are in tests/fuzz/corpus/reply.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "cf/fault.h"
#include "cf/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_results(const struct envelope *envelope)
{
	struct json json = envelope->result;
	struct err err = ERR_INIT;
	struct d1_reply reply;

	d1_reply_init(&reply);
	if (d1_reply_read(&reply, &json, &err) && !err.code)
		abort();
	d1_reply_release(&reply);
}

static void read_fault(const struct fault *fault)
{
	struct err err = ERR_INIT;

	if (fault_is_passing(fault) && fault_is_sql(fault))
		abort();
	if (fault_error(fault, &err) == 0 || !err.message[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = {
		200, 302, 400, 401, 403, 404, 429, 500
	};
	struct arena arena = ARENA_INIT;
	struct http_reply reply = { .retry_after_ms = -1 };
	struct fault fault = { .reply = &reply, .host = "host" };
	struct envelope envelope;
	struct err err = ERR_INIT;

	if (size == 0)
		return 0;
	reply.status = statuses[data[0] % ARRAY_SIZE(statuses)];
	buf_init(&reply.body, size);
	buf_add(&reply.body, data + 1, size - 1);
	if (!envelope_read(&envelope, reply.body.data, reply.body.len, &arena,
			   &err))
		fault.envelope = &envelope;
	if (fault_is_none(&fault))
		read_results(&envelope);
	else
		read_fault(&fault);
	buf_release(&reply.body);
	arena_release(&arena);
	return 0;
}
