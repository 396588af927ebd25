/*
 * Fuzz target for .gitattributes (git/attributes.h).
 *
 * Any bytes: a line that was added is there afterwards, what was there before
 * still stands at the beginning, and its line end is the file's.
 *
 * Seeds are in tests/fuzz/corpus/attributes.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "git/attributes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] = "\"my d1/**\" -text diff=d1";
	struct buf text;

	buf_init(&text, size + 100);
	buf_add(&text, data, size);
	(void)attributes_have(text.data, text.len, line);
	attributes_add(&text, line);
	if (text.failed || !attributes_have(text.data, text.len, line) ||
	    (size > 0 && memcmp(text.data, data, size) != 0) ||
	    text.data[text.len - 1] != '\n')
		abort();
	buf_release(&text);
	return 0;
}
