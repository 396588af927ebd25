/*
 * Fuzz target for .env files (config/dotenv.h).
 *
 * Any bytes: each entry has a name under which it is found, and replacing the
 * references ends.
 *
 * Seeds are in tests/fuzz/corpus/dotenv.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "config/dotenv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dotenv dotenv = DOTENV_INIT;
	struct err err = ERR_INIT;

	if (dotenv_parse(&dotenv, (const char *)data, size, ".env", &err) ||
	    dotenv_expand(&dotenv, &err))
		goto out;
	for (size_t i = 0; i < dotenv.count; i++)
		if (dotenv_get(&dotenv, dotenv.entries[i].name) !=
		    &dotenv.entries[i])
			abort();
out:
	dotenv_release(&dotenv);
	return 0;
}
