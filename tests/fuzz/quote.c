/*
 * Fuzz target for git's C-style quoting (util/quote.h).
 *
 * Any bytes: what a quoted text stands for is the same after it was quoted
 * again, and so are the bytes themselves.
 *
 * Seeds are in tests/fuzz/corpus/quote.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const char *text, size_t size)
{
	struct buf quoted, same;

	buf_init(&quoted, 4 * size + 2);
	buf_init(&same, size);
	quote_add(&quoted, text, size);
	if (quoted.failed ||
	    quote_read(&same, quoted.data, quoted.len) != quoted.len ||
	    same.failed || same.len != size ||
	    (size > 0 && memcmp(same.data, text, size)))
		abort();
	buf_release(&quoted);
	buf_release(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct buf read;

	buf_init(&read, size);
	if (quote_read(&read, text, size) > 0) {
		if (read.failed)
			abort();
		check_round_trip(read.data, read.len);
	}
	check_round_trip(text, size);
	buf_release(&read);
	return 0;
}
