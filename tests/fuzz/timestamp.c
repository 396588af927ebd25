/*
 * Fuzz target for time stamps (model/timestamp.h).
 *
 * Any bytes: what is read is a moment, the same one with blanks around it.
 *
 * Seeds are in tests/fuzz/corpus/timestamp.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value value = { .type = VALUE_TEXT };
	int64_t moment = 0, same = 0;
	char *padded = malloc(size + 2);
	bool read;

	if (!padded)
		return 0;
	value.data = (const char *)data;
	value.size = size;
	read = timestamp_read(&value, &moment);
	padded[0] = ' ';
	if (size > 0)
		memcpy(padded + 1, data, size);
	padded[size + 1] = '\n';
	value.data = padded;
	value.size = size + 2;
	if (timestamp_read(&value, &same) != read || moment != same)
		abort();
	free(padded);
	return 0;
}
