#include "config.h"

#include "model/name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/quote.h"
#include "util/utf8.h"

static bool is_bare_character(uint32_t c)
{
	if (c >= 0x80)
		return !utf8_is_unsafe(c);
	return c == '_' || c == '.' || c == '-' || c == '$' ||
	       (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* How many bytes at the start are a bare name, 0 if they begin with none. */
static size_t scan_bare(const char *text, size_t size)
{
	size_t at = 0;

	if (size > 0 && memchr(".-$", text[0], 3))
		return 0;
	while (at < size) {
		uint32_t c;
		size_t length = utf8_decode(text + at, size - at, &c);

		if (length == 0 || !is_bare_character(c))
			break;
		at += length;
	}
	return at;
}

void name_add(struct buf *out, const char *name)
{
	size_t size = strlen(name);

	if (size > 0 && scan_bare(name, size) == size)
		buf_add(out, name, size);
	else
		quote_add(out, name, size);
}

size_t name_read(struct buf *out, const char *text, size_t size)
{
	size_t start = out->len;
	size_t taken = scan_bare(text, size);

	if (taken > 0)
		buf_add(out, text, taken);
	else
		taken = quote_read(out, text, size);
	if (taken > 0 && !out->failed &&
	    (out->len == start ||
	     !memchr(out->data + start, '\0', out->len - start)))
		return taken;
	buf_truncate(out, start);
	return 0;
}
