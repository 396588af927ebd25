#include "config.h"

#include "model/literal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/hex.h"
#include "util/utf8.h"

enum {
	MAX_ESCAPES = 8,  /* distinct unsafe characters in one text */
	MAX_DIGITS = 17,  /* that any double may need */
	NUMBER_SIZE = 40, /* bytes of any number's text */
};

/* ---- writing ---- */

/*
 * The digits and the decimal exponent of a finite, positive `real`, in the
 * form of "%.*e", with as few digits as read back to the same bits.
 */
static void shortest_digits(char text[NUMBER_SIZE], double real)
{
	/* DBL_DIG digits are kept as they are, but by subnormals */
	int precision = real < 2.2250738585072014e-308 ? 1 : 15;

	for (; precision < MAX_DIGITS; precision++) {
		snprintf(text, NUMBER_SIZE, "%.*e", precision - 1, real);
		if (strtod(text, NULL) == real)
			return;
	}
	/*
	 * Just above a power of two the interval is wider than below, so that
	 * the 16 digits next to the nearest ones may do.
	 */
	snprintf(text, NUMBER_SIZE, "%.15e", real);
	if (text[16] < '9') {
		text[16]++;
		if (strtod(text, NULL) == real)
			return;
	}
	snprintf(text, NUMBER_SIZE, "%.16e", real);
}

/* Writes "d.ddde+xx" as a plain decimal or with a bare exponent. */
static void add_digits(struct buf *out, const char *text)
{
	char digits[MAX_DIGITS + 1];
	int count = 0;
	int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);

	for (const char *p = text; *p != 'e'; p++)
		if (*p != '.')
			digits[count++] = *p;
	while (count > 1 && digits[count - 1] == '0')
		count--;

	if (exponent < -5 || exponent > 15) {
		buf_add(out, digits, 1);
		if (count > 1) {
			buf_add_char(out, '.');
			buf_add(out, digits + 1, (size_t)count - 1);
		}
		buf_add_format(out, "e%d", exponent);
		return;
	}
	if (exponent < 0) {
		buf_add_string(out, "0.");
		for (int i = -1; i > exponent; i--)
			buf_add_char(out, '0');
		buf_add(out, digits, (size_t)count);
		return;
	}
	for (int i = 0; i <= exponent; i++)
		buf_add_char(out, i < count ? digits[i] : '0');
	buf_add_char(out, '.');
	if (count > exponent + 1)
		buf_add(out, digits + exponent + 1,
			(size_t)(count - exponent - 1));
	else
		buf_add_char(out, '0');
}

static void add_real(struct buf *out, double real)
{
	char text[NUMBER_SIZE];

	if (signbit(real)) {
		buf_add_char(out, '-');
		real = -real;
	}
	if (isinf(real)) {
		buf_add_string(out, "9e999");
	} else if (real == 0) {
		buf_add_string(out, "0.0");
	} else {
		shortest_digits(text, real);
		add_digits(out, text);
	}
}

static void add_integer(struct buf *out, int64_t integer)
{
	char text[NUMBER_SIZE];
	char *start = text + sizeof(text);
	uint64_t rest = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;

	do {
		*--start = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (integer < 0)
		*--start = '-';
	buf_add(out, start, (size_t)(text + sizeof(text) - start));
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
		unsigned char byte = (unsigned char)*text;
		uint32_t codepoint = byte;
		size_t length = 1;

		if (byte >= 0x7f || byte < 0x20) {
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

static void add_text(struct buf *out, const struct value *value)
{
	struct escapes escapes;

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
		add_integer(out, value->integer);
		break;
	case VALUE_REAL:
		add_real(out, value->real);
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
};

static bool take(struct reader *reader, const char *expected)
{
	size_t length = strlen(expected);

	if (reader->size < length ||
	    memcmp(reader->text, expected, length) != 0)
		return false;
	reader->text += length;
	reader->size -= length;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && is_digit(text[count]))
		count++;
	return count;
}

/* Length of the number at the start, 0 if there is none. */
static size_t scan_number(const char *text, size_t size, bool *real)
{
	size_t at = size > 0 && text[0] == '-';
	size_t digits = count_digits(text + at, size - at);

	*real = false;
	if (digits == 0)
		return 0;
	at += digits;
	if (at < size && text[at] == '.') {
		digits = count_digits(text + at + 1, size - at - 1);
		if (digits == 0)
			return 0;
		at += 1 + digits;
		*real = true;
	}
	if (at < size && text[at] == 'e') {
		size_t sign = at + 1 < size && text[at + 1] == '-';

		digits = count_digits(text + at + 1 + sign,
				      size - at - 1 - sign);
		if (digits == 0)
			return 0;
		at += 1 + sign + digits;
		*real = true;
	}
	return at;
}

/* True if the number is written as literal_add() writes it: 7, never 007. */
static bool is_canonical(const struct value *value, const char *text,
			 size_t size)
{
	struct buf written;
	bool same;

	buf_init(&written, NUMBER_SIZE);
	literal_add(&written, value);
	same = !written.failed && written.len == size &&
	       memcmp(written.data, text, size) == 0;
	buf_release(&written);
	return same;
}

static bool read_number(struct reader *reader, struct value *value)
{
	bool real;
	size_t length = scan_number(reader->text, reader->size, &real);
	char *copy;

	if (length == 0)
		return false;
	copy = arena_copy(reader->arena, reader->text, length);
	if (!copy)
		return false;
	if (real) {
		value->type = VALUE_REAL;
		value->real = strtod(copy, NULL);
	} else {
		value->type = VALUE_INTEGER;
		errno = 0;
		value->integer = strtoll(copy, NULL, 10);
		if (errno)
			return false;
	}
	if (!is_canonical(value, copy, length))
		return false;
	reader->text += length;
	reader->size -= length;
	return true;
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

/* Reads '...' and undoes the doubled quotes. */
static bool read_quoted(struct reader *reader, struct value *value)
{
	size_t length = 0;
	size_t at = 1;
	char *copy;

	if (reader->size == 0 || reader->text[0] != '\'')
		return false;
	for (;; at++) {
		const char *quote = at < reader->size
					    ? memchr(reader->text + at, '\'',
						     reader->size - at)
					    : NULL;

		if (!quote)
			return false;
		at = (size_t)(quote - reader->text) + 1;
		if (at == reader->size || reader->text[at] != '\'')
			break;
	}
	/* the text ends before the quote at at - 1 */
	copy = arena_alloc(reader->arena, at);
	if (!copy)
		return false;
	for (size_t i = 1; i < at - 1; i++) {
		copy[length++] = reader->text[i];
		if (reader->text[i] == '\'')
			i++;
	}
	if (!utf8_is_plain(copy, length))
		return false;
	reader->text += at;
	reader->size -= at;
	*value = (struct value){ .type = VALUE_TEXT };
	value->data = copy;
	value->size = length;
	return true;
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
	const char *number = memmem(reader->text, reader->size, ",char(", 6);
	if (!number || number - reader->text > (ptrdiff_t)sizeof(marker) + 3)
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
	while (depth-- > 0)
		if (!read_replacement(reader, value))
			return false;
	return true;
}

size_t literal_read(struct value *value, const char *text, size_t size,
		    struct arena *arena)
{
	struct reader reader = { .text = text, .size = size, .arena = arena };
	bool good;

	*value = (struct value){ .type = VALUE_NULL };
	if (size == 0)
		return 0;
	switch (text[0]) {
	case 'N':
		good = take(&reader, "NULL");
		break;
	case 'x':
		good = read_hex(&reader, value);
		break;
	case '\'':
	case 'C':
	case 'r':
		good = read_text(&reader, value);
		break;
	default:
		good = read_number(&reader, value);
		break;
	}
	return good ? size - reader.size : 0;
}
