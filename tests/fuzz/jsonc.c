/*
 * Fuzz target for JSON with comments (config/jsonc.h).
 *
 * Any bytes: what is read can be written as plain JSON and read again; what is
 * not has an error.
 *
 * Seeds are in tests/fuzz/corpus/jsonc.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/jsonc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const cJSON *root)
{
	struct err err = ERR_INIT;
	char *text = cJSON_PrintUnformatted(root);
	cJSON *same = NULL;

	if (!text)
		abort();
	if (jsonc_parse(&same, text, strlen(text), "plain", &err))
		abort();
	cJSON_Delete(same);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	cJSON *root = NULL;

	if (!jsonc_parse(&root, (const char *)data, size, "fuzzed", &err)) {
		(void)jsonc_member(root, "d1_databases");
		check_round_trip(root);
	} else if (!err.message[0]) {
		abort();
	}
	cJSON_Delete(root);
	return 0;
}
