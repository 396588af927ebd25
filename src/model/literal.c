#include "config.h"

#include "model/literal.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "model/number.h"
#include "util/hex.h"
#include "util/text.h"
#include "util/utf8.h"

enum { MAX_ESCAPES = 8 }; /* distinct unsafe characters in one text */

/* ---- writing ---- */

static void add_number(struct buf *out, const struct value *value)
{
	char text[NUMBER_MAX_SIZE];
	char *start;

	if (out->max - out->len < NUMBER_MAX_SIZE) {
		buf_add(out, text, number_write(text, value));
		return;
	}
	start = buf_extend(out, NUMBER_MAX_SIZE);
	if (start)
		buf_truncate(out, out->len - NUMBER_MAX_SIZE +
					  number_write(start, value));
}

static void add_hex_literal(struct buf *out, const struct value *value)
{
	buf_add_string(out, "x'");
	buf_add_hex(out, value->data, value->size);
	buf_add_char(out, '\'');
}

/* The text that stands for an unsafe character. */
static int format_marker(char marker[16], uint32_t codepoint)
{
	if (codepoint == '\n')
		return snprintf(marker, 16, "\\n");
	if (codepoint == '\r')
		return snprintf(marker, 16, "\\r");
	return snprintf(marker, 16, "\\u{%" PRIX32 "}", codepoint);
}

/* The distinct unsafe characters of a text, in code point order. */
struct escapes {
	uint32_t codepoints[MAX_ESCAPES];
	size_t count;
};

static bool note_escape(struct escapes *escapes, uint32_t codepoint)
{
	size_t at = 0;

	while (at < escapes->count && escapes->codepoints[at] < codepoint)
		at++;
	if (at < escapes->count && escapes->codepoints[at] == codepoint)
		return true;
	if (escapes->count == MAX_ESCAPES)
		return false;
	memmove(escapes->codepoints + at + 1, escapes->codepoints + at,
		(escapes->count - at) * sizeof(uint32_t));
	escapes->codepoints[at] = codepoint;
	escapes->count++;
	return true;
}

static bool holds_marker(const struct value *value, uint32_t codepoint)
{
	char marker[16];
	int size = format_marker(marker, codepoint);

	return memmem(value->data, value->size, marker, (size_t)size) != NULL;
}

/* Finds the escapes of a text. False if it must be written in hex. */
static bool find_escapes(struct escapes *escapes, const struct value *value)
{
	const char *text = value->data;
	size_t size = value->size;

	escapes->count = 0;
	while (size > 0) {
		size_t length = utf8_printable(text, size);
		uint32_t codepoint;

		if (length == 0) {
			length = utf8_decode(text, size, &codepoint);
			if (length == 0 || codepoint == 0)
				return false;
			if (utf8_is_unsafe(codepoint) &&
			    !note_escape(escapes, codepoint))
				return false;
		}
		text += length;
		size -= length;
	}
	for (size_t i = 0; i < escapes->count; i++)
		if (holds_marker(value, escapes->codepoints[i]))
			return false;
	return true;
}

/* Appends bytes without unsafe characters, ' doubled. */
static void add_quoted(struct buf *out, const char *text, size_t size)
{
	while (size > 0) {
		const char *quote = memchr(text, '\'', size);
		size_t length = quote ? (size_t)(quote - text) + 1 : size;

		buf_add(out, text, length);
		if (quote)
			buf_add_char(out, '\'');
		text += length;
		size -= length;
	}
}

static void add_marked(struct buf *out, const struct value *value)
{
	const char *text = value->data;
	size_t size = value->size;
	size_t safe = 0;

	while (safe < size) {
		uint32_t codepoint;
		size_t length =
			utf8_decode(text + safe, size - safe, &codepoint);
		char marker[16];

		if (!utf8_is_unsafe(codepoint)) {
			safe += length;
			continue;
		}
		add_quoted(out, text, safe);
		buf_add(out, marker, (size_t)format_marker(marker, codepoint));
		text += safe + length;
		size -= safe + length;
		safe = 0;
	}
	add_quoted(out, text, size);
}

/* A text that stands between quotes as it is. False if it is none. */
static bool add_simple(struct buf *out, const struct value *value)
{
	size_t size = value->size;
	char *start;

	if (utf8_printable(value->data, size) != size ||
	    (size > 0 && memchr(value->data, '\'', size)))
		return false;
	start = buf_extend(out, size + 2);
	if (!start)
		return true; /* and the buffer says so */
	*start = '\'';
	if (size > 0)
		memcpy(start + 1, value->data, size);
	start[size + 1] = '\'';
	return true;
}

static void add_text(struct buf *out, const struct value *value)
{
	struct escapes escapes;

	if (add_simple(out, value))
		return;
	if (!find_escapes(&escapes, value)) {
		buf_add_string(out, "CAST(");
		add_hex_literal(out, value);
		buf_add_string(out, " AS TEXT)");
		return;
	}
	for (size_t i = 0; i < escapes.count; i++)
		buf_add_string(out, "replace(");
	buf_add_char(out, '\'');
	if (escapes.count)
		add_marked(out, value);
	else
		add_quoted(out, value->data, value->size);
	buf_add_char(out, '\'');
	for (size_t i = 0; i < escapes.count; i++) {
		char marker[16];

		format_marker(marker, escapes.codepoints[i]);
		buf_add_format(out, ",'%s',char(%" PRIu32 "))", marker,
			       escapes.codepoints[i]);
	}
}

void literal_add(struct buf *out, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		buf_add_string(out, "NULL");
		break;
	case VALUE_INTEGER:
	case VALUE_REAL:
		add_number(out, value);
		break;
	case VALUE_TEXT:
		add_text(out, value);
		break;
	case VALUE_BLOB:
		add_hex_literal(out, value);
		break;
	}
}

bool literal_is_plain_text(const struct value *value)
{
	return value->type == VALUE_TEXT &&
	       utf8_is_plain(value->data, value->size);
}

/* ---- reading ---- */

/* What is left to read. */
struct reader {
	const char *text;
	size_t size;
	struct arena *arena;
	bool borrows; /* a text may point to where it was read */
};

static bool take(struct reader *reader, const char *expected)
{
	return text_take(&reader->text, &reader->size, expected);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool read_number(struct reader *reader, struct value *value)
{
	size_t length = number_read(value, reader->text, reader->size);

	reader->text += length;
	reader->size -= length;
	return length > 0;
}

/* Reads x'...' into a blob. */
static bool read_hex(struct reader *reader, struct value *value)
{
	const char *end;
	size_t digits;
	char *bytes;

	if (!take(reader, "x'"))
		return false;
	end = memchr(reader->text, '\'', reader->size);
	if (!end)
		return false;
	digits = (size_t)(end - reader->text);
	bytes = arena_alloc(reader->arena, digits / 2 + 1);
	if (!bytes || !hex_decode(bytes, reader->text, digits))
		return false;
	reader->text += digits + 1;
	reader->size -= digits + 1;
	*value = (struct value){ .type = VALUE_BLOB };
	value->data = bytes;
	value->size = digits / 2;
	return true;
}

/* A copy of `size` bytes in which each doubled quote is one. */
static char *undouble(struct arena *arena, const char *text, size_t *size)
{
	char *copy = arena_alloc(arena, *size + 1);
	size_t length = 0;

	for (size_t at = 0; copy && at < *size;) {
		const char *quote = memchr(text + at, '\'', *size - at);
		size_t end = quote ? (size_t)(quote - text) + 1 : *size;

		memcpy(copy + length, text + at, end - at);
		length += end - at;
		at = quote ? end + 1 : end;
	}
	*size = length;
	return copy;
}

/* Reads '...' and undoes the doubled quotes. The bytes may be those read. */
static bool read_quoted(struct reader *reader, struct value *value)
{
	const char *text = reader->text + 1;
	size_t at = 0;
	bool doubled = false;

	if (!take(reader, "'"))
		return false;
	for (;;) {
		const char *quote = memchr(text + at, '\'', reader->size - at);

		if (!quote)
			return false;
		at = (size_t)(quote - text);
		if (at + 1 == reader->size || text[at + 1] != '\'')
			break;
		doubled = true;
		at += 2;
	}
	if (!utf8_is_plain(text, at))
		return false;
	reader->text += at + 1;
	reader->size -= at + 1;
	*value = (struct value){ .type = VALUE_TEXT };
	value->data = text;
	value->size = at;
	if (doubled)
		value->data = undouble(reader->arena, text, &value->size);
	return value->data;
}

/* Copies what stands in the text that is read. */
static bool copy_text(struct reader *reader, struct value *value)
{
	value->data = arena_copy(reader->arena, value->data, value->size);
	return value->data;
}

/* Replaces each marker in the text by what it stands for; it only shrinks. */
static void unmark(struct value *value, const char *marker, size_t marker_size,
		   const char *character, size_t character_size)
{
	char *text = (char *)value->data;
	size_t from = 0;
	size_t to = 0;

	while (from < value->size) {
		const char *hit = memmem(text + from, value->size - from,
					 marker, marker_size);
		size_t length =
			hit ? (size_t)(hit - text) - from : value->size - from;

		memmove(text + to, text + from, length);
		from += length;
		to += length;
		if (!hit)
			break;
		memcpy(text + to, character, character_size);
		from += marker_size;
		to += character_size;
	}
	value->size = to;
}

static size_t encode_utf8(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* Reads ",'MARKER',char(N))" and applies it to the text. */
static bool read_replacement(struct reader *reader, struct value *text)
{
	char expected[48];
	char marker[16];
	char character[4];
	uint32_t codepoint;
	int size;

	/* the number says which marker must stand before it */
	size_t near = sizeof(marker) + 9;
	const char *number =
		memmem(reader->text, reader->size < near ? reader->size : near,
		       ",char(", 6);
	if (!number)
		return false;
	codepoint = 0;
	for (const char *p = number + 6;
	     p < reader->text + reader->size && is_digit(*p); p++) {
		codepoint = codepoint * 10 + (uint32_t)(*p - '0');
		if (codepoint > 0xffff)
			return false;
	}
	if (codepoint == 0 || !utf8_is_unsafe(codepoint))
		return false;
	size = format_marker(marker, codepoint);
	snprintf(expected, sizeof(expected), ",'%s',char(%" PRIu32 "))", marker,
		 codepoint);
	if (!take(reader, expected))
		return false;
	unmark(text, marker, (size_t)size, character,
	       encode_utf8(character, codepoint));
	return true;
}

static bool read_text(struct reader *reader, struct value *value)
{
	size_t depth = 0;

	if (take(reader, "CAST(")) {
		if (!read_hex(reader, value) || !take(reader, " AS TEXT)"))
			return false;
		value->type = VALUE_TEXT;
		return true;
	}
	while (take(reader, "replace("))
		if (++depth > MAX_ESCAPES)
			return false;
	if (!read_quoted(reader, value))
		return false;
	if ((depth > 0 || !reader->borrows) && !copy_text(reader, value))
		return false;
	while (depth-- > 0)
		if (!read_replacement(reader, value))
			return false;
	return true;
}

static size_t read_literal(struct reader *reader, struct value *value)
{
	size_t size = reader->size;
	bool good;

	*value = (struct value){ .type = VALUE_NULL };
	if (size == 0)
		return 0;
	switch (reader->text[0]) {
	case 'N':
		good = take(reader, "NULL");
		break;
	case 'x':
		good = read_hex(reader, value);
		break;
	case '\'':
	case 'C':
	case 'r':
		good = read_text(reader, value);
		break;
	default:
		good = read_number(reader, value);
		break;
	}
	return good ? size - reader->size : 0;
}

size_t literal_read(struct value *value, const char *text, size_t size,
		    struct arena *arena)
{
	struct reader reader = { .text = text, .size = size, .arena = arena };

	return read_literal(&reader, value);
}

size_t literal_read_borrowed(struct value *value, const char *text, size_t size,
			     struct arena *arena)
{
	struct reader reader = {
		.text = text, .size = size, .arena = arena, .borrows = true
	};

	return read_literal(&reader, value);
}
