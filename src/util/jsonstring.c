#include "config.h"

#include "util/jsonstring.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

static bool needs_escape_in_single(unsigned char c)
{
	return c < 0x20 || c == '\\';
}

static bool needs_escape_in_literal(unsigned char c)
{
	return needs_escape(c) || c == '\'' || c == 0x7f;
}

static void add_escape(struct buf *out, unsigned char c)
{
	char letter = short_escape(c);

	if (c == '\'')
		buf_add_string(out, "''");
	else if (letter)
		buf_add_format(out, "\\%c", letter);
	else
		buf_add_format(out, "\\u%04x", c);
}

/* Appends the text with escapes in the place of what needs them. */
static void add_escaped(struct buf *out, const char *text, size_t size,
			bool needs(unsigned char c))
{
	size_t done = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!needs(c))
			continue;
		buf_add(out, text + done, i - done);
		add_escape(out, c);
		done = i + 1;
	}
	buf_add(out, text + done, size - done);
}

void jsonstring_add(struct buf *out, const char *text, size_t size)
{
	buf_add_char(out, '"');
	add_escaped(out, text, size, needs_escape);
	buf_add_char(out, '"');
}

void jsonstring_add_single(struct buf *out, const char *text, size_t size)
{
	buf_add_char(out, '\'');
	add_escaped(out, text, size, needs_escape_in_single);
	buf_add_char(out, '\'');
}

void jsonstring_add_literal(struct buf *out, const char *text, size_t size)
{
	buf_add_char(out, '"');
	add_escaped(out, text, size, needs_escape_in_literal);
	buf_add_char(out, '"');
}

/* The next character as \uXXXX, two of them beyond U+FFFF. */
static void add_code(struct buf *out, uint32_t code)
{
	if (code > 0xffff) {
		code -= 0x10000;
		buf_add_format(out, "\\u%04x", 0xd800 | (code >> 10));
		code = 0xdc00 | (code & 0x3ff);
	}
	buf_add_format(out, "\\u%04x", code);
}

/* Appends characters; those that `escape` asks for, and all beyond ASCII, as
 * codes. */
static void add_ascii(struct buf *out, const char *text, size_t size,
		      bool escape)
{
	size_t done = 0;

	for (size_t i = 0; i < size;) {
		unsigned char c = (unsigned char)text[i];
		uint32_t code = c;
		size_t width = 1;

		if (c != '\'' && c < 0x7f && !(escape && needs_escape(c))) {
			i++;
			continue;
		}
		buf_add(out, text + done, i - done);
		if (c >= 0x80)
			width = utf8_decode(text + i, size - i, &code);
		if (width == 0) {
			width = 1;
			code = 0xfffd;
		}
		add_code(out, code);
		i += width;
		done = i;
	}
	buf_add(out, text + done, size - done);
}

void jsonstring_add_ascii(struct buf *out, const char *text, size_t size)
{
	buf_add_char(out, '"');
	add_ascii(out, text, size, true);
	buf_add_char(out, '"');
}

void jsonstring_add_document_ascii(struct buf *out, const char *json,
				   size_t size)
{
	add_ascii(out, json, size, false);
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

void jsonstring_add_member(struct buf *out, const char *name, const char *text)
{
	buf_add_format(out, ",\"%s\":", name);
	if (text)
		jsonstring_add_bytes(out, text, strlen(text));
	else
		buf_add_string(out, "null");
}
