/*
 * Fuzz target for what looks like personal data (model/sensitive.h).
 *
 * Any bytes, as a value and as the name of a column: nothing is read past the
 * end, and what is put in front of a line break in a value with an address
 * does not hide it.
 *
 * Seeds are in tests/fuzz/corpus/sensitive.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sensitive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char address[] = "\nada@example.com";
	struct value value = { .type = VALUE_TEXT };
	char *copy = malloc(size + sizeof(address));

	if (!copy)
		return 0;
	/* (without a NUL behind it, for the sanitizer to see) */
	if (size > 0)
		memcpy(copy, data, size);
	value.data = realloc(copy, size ? size : 1);
	if (!value.data)
		value.data = copy;
	value.size = size;
	(void)sensitive_value(&value);
	free((char *)value.data);

	copy = malloc(size + sizeof(address));
	if (!copy)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	(void)sensitive_name(copy);
	memcpy(copy + size, address, sizeof(address));
	value.data = copy;
	value.size = size + sizeof(address) - 1;
	if (value.size < 4096 && sensitive_value(&value) == SENSITIVE_NOTHING)
		abort();
	free(copy);
	return 0;
}
