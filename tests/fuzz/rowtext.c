/*
 * Fuzz target for the text of a row (source/rowtext.h), which comes from a
 * server.
 *
 * Any bytes: cells are read until one cannot be, and then an error says so,
 * unless U+FFFD does; every byte of every value can be read.
 *
 * Seeds are in tests/fuzz/corpus/rowtext.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "source/rowtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value equals itself only if all of it can be read. */
static void check_value(const struct value *value, enum rowtext_gap gap)
{
	if (gap == GAP_NONE && !value_equal(value, value))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const double natives[] = { 1.5 };
	static const struct rowtext_column columns[] = {
		{ .sql = "\"a\"", .affinity = AFFINITY_REAL, .native = 0 },
		{ .sql = "\"b\"", .affinity = AFFINITY_TEXT, .native = -1 },
	};
	struct rowtext_reader reader;
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;

	rowtext_begin(&reader, (const char *)data, size, natives, &arena);
	for (size_t i = 0; reader.at < reader.end; i++) {
		enum rowtext_gap gap = GAP_NONE;
		struct value value;

		if (!rowtext_next(&reader, &columns[i % ARRAY_SIZE(columns)],
				  &value, &gap, &err)) {
			if (!err.code && !reader.replaced)
				abort();
			break;
		}
		check_value(&value, gap);
	}
	arena_release(&arena);
	return 0;
}
