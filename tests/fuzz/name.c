/*
 * Fuzz target for names in patches and data files (model/name.h).
 *
 * Any bytes: a name that was read is written as one that reads back the same;
 * and the bytes up to a NUL, as a name, come back as they were, whatever
 * follows them.
 *
 * Seeds are in tests/fuzz/corpus/name.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const char *name)
{
	struct buf text, same;
	size_t length;

	buf_init(&text, SIZE_MAX);
	buf_init(&same, SIZE_MAX);
	name_add(&text, name);
	length = text.len;
	buf_add_string(&text, ", ");
	if (name_read(&same, text.data, text.len) != length ||
	    strcmp(same.data ? same.data : "", name) != 0)
		abort();
	buf_release(&text);
	buf_release(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf name;

	buf_init(&name, size);
	if (name_read(&name, (const char *)data, size) > 0)
		check_round_trip(name.data ? name.data : "");
	else if (name.len > 0)
		abort();
	buf_clear(&name);
	for (size_t i = 0; i < size && data[i]; i++)
		buf_add_char(&name, (char)data[i]);
	check_round_trip(name.data ? name.data : "");
	buf_release(&name);
	return 0;
}
