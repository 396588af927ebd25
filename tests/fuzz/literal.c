/*
 * Fuzz target for value text (model/literal.h).
 *
 * Any bytes: a literal that was read is written as one that reads back to the
 * same value; and the bytes themselves, as a text and as a blob, come back from
 * their literals as they were.
 *
 * Seeds are in tests/fuzz/corpus/literal.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "model/literal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct value *value)
{
	struct arena arena = ARENA_INIT;
	struct value same;
	struct buf text;

	buf_init(&text, 1 << 26);
	literal_add(&text, value);
	if (text.failed ||
	    literal_read(&same, text.data, text.len, &arena) != text.len ||
	    !value_equal(value, &same))
		abort();
	buf_release(&text);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct value value;
	size_t taken = literal_read(&value, (const char *)data, size, &arena);

	if (taken > size)
		abort();
	if (taken > 0)
		check_round_trip(&value);
	arena_release(&arena);
	value.data = (const char *)data;
	value.size = size;
	value.type = VALUE_TEXT;
	check_round_trip(&value);
	value.type = VALUE_BLOB;
	check_round_trip(&value);
	return 0;
}
