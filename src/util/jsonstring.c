#include "config.h"

#include "util/jsonstring.h"

#include <stdbool.h>

#include "util/quote.h"
#include "util/utf8.h"

/* The second character of a two-character escape, or 0. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

static void add_escape(struct buf *out, unsigned char c)
{
	char letter = short_escape(c);

	if (letter)
		buf_add_format(out, "\\%c", letter);
	else
		buf_add_format(out, "\\u%04x", c);
}

void jsonstring_add(struct buf *out, const char *text, size_t size)
{
	size_t done = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!needs_escape(c))
			continue;
		buf_add(out, text + done, i - done);
		add_escape(out, c);
		done = i + 1;
	}
	buf_add(out, text + done, size - done);
	buf_add_char(out, '"');
}

size_t jsonstring_size(const char *text, size_t size)
{
	size_t total = size + 2;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (needs_escape(c))
			total += short_escape(c) ? 1 : 5;
	}
	return total;
}

void jsonstring_add_bytes(struct buf *out, const char *bytes, size_t size)
{
	struct buf escaped;

	if (utf8_valid(bytes, size)) {
		jsonstring_add(out, bytes, size);
		return;
	}
	buf_init(&escaped, out->max);
	quote_add_escaped(&escaped, bytes, size);
	if (escaped.failed) {
		out->failed = true;
		out->nomem = escaped.nomem;
	} else {
		jsonstring_add(out, escaped.data, escaped.len);
	}
	buf_release(&escaped);
}
