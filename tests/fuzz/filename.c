/*
 * Fuzz target for file names of tables (format/filename.h).
 *
 * Any bytes, cut into two names at the first NUL: their files differ whatever
 * the letter case, and each name can be read from its file, unless it was cut.
 *
 * Seeds are in tests/fuzz/corpus/filename.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/filename.h"
#include "util/hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_readable(const char *table, const char *file, size_t size)
{
	size_t at = 0;

	if (!*table && strcmp(file, "%.sql") == 0)
		return;
	for (; at < size && *table; at++, table++) {
		char c = file[at];

		if (c == '%' && hex_decode(&c, file + at + 1, 2))
			at += 2;
		if (c != *table)
			abort();
	}
	if (*table || strcmp(file + at, ".sql") != 0)
		abort();
}

static void make(struct buf *file, const char *table)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.%~"
				    "ABCDEF";
	struct err err = ERR_INIT;

	buf_init(file, FILENAME_MAX_SIZE + 4);
	if (filename_add(file, table, &err) < 0 || file->data[0] == '.' ||
	    strspn(file->data, plain) != file->len)
		abort();
	if (!strchr(file->data, '~'))
		check_readable(table, file->data, file->len);
	else if (file->len < FILENAME_MAX_SIZE - 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *second;
	struct buf a, b, names;

	buf_init(&names, size + 1);
	buf_add(&names, data, size);
	buf_add_char(&names, '\0');
	second = names.data + strlen(names.data);
	if (second < names.data + size)
		second++;
	make(&a, names.data);
	make(&b, second);
	if ((strcmp(names.data, second) == 0) !=
	    (strcasecmp(a.data, b.data) == 0))
		abort();
	buf_release(&a);
	buf_release(&b);
	buf_release(&names);
	return 0;
}
