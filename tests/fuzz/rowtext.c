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

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "source/rowtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value equals itself only if all of it can be read. */
static void check_value(const struct value *value, enum rowtext_gap gap)
{
	if (gap == GAP_NONE && !value_equal(value, value))
		abort();
}

/* With `hex`, the text is gone before the values are looked at. */
static void read_row(const uint8_t *data, size_t size, bool hex)
{
	static const double natives[] = { 1.5, (double)NAN };
	static const struct rowtext_column columns[] = {
		{ .sql = "\"a\"", .affinity = AFFINITY_REAL, .native = 0 },
		{ .sql = "\"b\"", .affinity = AFFINITY_TEXT, .native = -1 },
		{ .sql = "\"c\"", .affinity = AFFINITY_REAL, .native = 1 },
		{ .sql = "\"d\"", .native = -1, .whole = true },
	};
	char *text = malloc(size + 1);
	struct rowtext_reader reader;
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct value values[64];
	enum rowtext_gap gaps[ARRAY_SIZE(values)];
	size_t count = 0;

	if (!text)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	rowtext_begin(&reader, text, size, natives, hex, &arena);
	while (reader.at < reader.end && count < ARRAY_SIZE(values)) {
		const struct rowtext_column *column =
			&columns[count % ARRAY_SIZE(columns)];

		if (!rowtext_next(&reader, column, &values[count], &gaps[count],
				  &err)) {
			if (!err.code && !reader.replaced)
				abort();
			break;
		}
		if (column->whole && gaps[count] != GAP_NONE)
			abort();
		if (!hex)
			check_value(&values[count], gaps[count]);
		count++;
	}
	free(text);
	for (size_t i = 0; hex && i < count; i++)
		check_value(&values[i], gaps[i]);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_row(data, size, false);
	read_row(data, size, true);
	return 0;
}
