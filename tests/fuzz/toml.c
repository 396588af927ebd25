/*
 * Fuzz target for TOML (config/toml.h).
 *
 * Any bytes: they become JSON, or there is an error. No exception comes
 * through.
 *
 * Seeds are in tests/fuzz/corpus/toml.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "config/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct buf json;

	buf_init(&json, 1 << 20);
	if (toml_to_json(&json, (const char *)data, size, "fuzzed", false,
			 &err) &&
	    !err.message[0])
		abort();
	buf_release(&json);
	return 0;
}
