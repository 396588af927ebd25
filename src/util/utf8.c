#include "config.h"

#include "util/utf8.h"

#include <string.h>

#include "util/compiler.h"

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *codepoint)
{
	const unsigned char *bytes = (const unsigned char *)text;
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value;
	size_t length;

	if (size == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*codepoint = bytes[0];
		return 1;
	}
	if (bytes[0] >= 0xf5 || bytes[0] < 0xc2)
		return 0;
	length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (length > size)
		return 0;
	value = bytes[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < smallest[length] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*codepoint = value;
	return length;
}

bool utf8_valid(const char *text, size_t size)
{
	while (size > 0) {
		uint32_t codepoint;
		size_t length = 1;

		if ((unsigned char)*text >= 0x80)
			length = utf8_decode(text, size, &codepoint);
		if (length == 0)
			return false;
		text += length;
		size -= length;
	}
	return true;
}

bool utf8_is_unsafe(uint32_t codepoint)
{
	if (codepoint < 0x20)
		return codepoint != '\t';
	if (codepoint < 0x7f)
		return false;
	return codepoint <= 0x9f || codepoint == 0x61c || codepoint == 0x200e ||
	       codepoint == 0x200f ||
	       (codepoint >= 0x2028 && codepoint <= 0x202e) ||
	       (codepoint >= 0x2066 && codepoint <= 0x2069) ||
	       codepoint == 0xfeff;
}

/*
 * The highest bit of each byte tells of that byte alone, for bytes below 0x80:
 * c - 0x20 borrows only if c is a control character, and c + 1 is 0x80 only
 * for DEL. What a borrow spoils stands above the byte that makes the answer no.
 */
static bool is_printable_word(const char *text)
{
	const uint64_t ones = UINT64_MAX / 0xff;
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return !((word | (word - 0x20 * ones) | (word + ones)) & 0x80 * ones);
}

size_t utf8_printable(const char *text, size_t size)
{
	size_t at = 0;

	while (size - at >= 8 && is_printable_word(text + at))
		at += 8;
	if (size - at < 8 && size >= 8 && is_printable_word(text + size - 8))
		return size;
	while (at < size && text[at] >= 0x20 && text[at] < 0x7f)
		at++;
	return at;
}

bool utf8_is_plain(const char *text, size_t size)
{
	while (size > 0) {
		size_t length = utf8_printable(text, size);
		uint32_t codepoint;

		if (length == 0) {
			length = utf8_decode(text, size, &codepoint);
			if (length == 0 || utf8_is_unsafe(codepoint))
				return false;
		}
		text += length;
		size -= length;
	}
	return true;
}

/* Ranges of characters of a width other than one, by first character. */
static const struct {
	uint32_t first;
	uint32_t last;
	size_t width;
} odd_widths[] = {
	{ 0x300, 0x36f, 0 },	 { 0x483, 0x489, 0 },
	{ 0x591, 0x5bd, 0 },	 { 0x610, 0x61a, 0 },
	{ 0x64b, 0x65f, 0 },	 { 0x1100, 0x115f, 2 },
	{ 0x1ab0, 0x1aff, 0 },	 { 0x1dc0, 0x1dff, 0 },
	{ 0x200b, 0x200d, 0 },	 { 0x20d0, 0x20ff, 0 },
	{ 0x2e80, 0x303e, 2 },	 { 0x3041, 0xa4cf, 2 },
	{ 0xac00, 0xd7a3, 2 },	 { 0xf900, 0xfaff, 2 },
	{ 0xfe00, 0xfe0f, 0 },	 { 0xfe20, 0xfe2f, 0 },
	{ 0xfe30, 0xfe6f, 2 },	 { 0xff00, 0xff60, 2 },
	{ 0xffe0, 0xffe6, 2 },	 { 0x1f300, 0x1f64f, 2 },
	{ 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 },
	{ 0x20000, 0x3fffd, 2 },
};

static size_t width_of(uint32_t codepoint)
{
	for (size_t i = 0; i < ARRAY_SIZE(odd_widths); i++) {
		if (codepoint < odd_widths[i].first)
			break;
		if (codepoint <= odd_widths[i].last)
			return odd_widths[i].width;
	}
	return 1;
}

size_t utf8_width(const char *text, size_t size)
{
	size_t width = 0;

	while (size > 0) {
		uint32_t codepoint;
		size_t length = utf8_decode(text, size, &codepoint);

		width += length ? width_of(codepoint) : 1;
		length = length ? length : 1;
		text += length;
		size -= length;
	}
	return width;
}
