#include "config.h"

#include "util/quote.h"

#include <string.h>

#include "util/utf8.h"

/* The letter at the same place names the control character. */
static const char control[] = "\a\b\t\n\v\f\r";
static const char letter[] = "abtnvfr";

static void add_byte(struct buf *out, unsigned char byte)
{
	const char *known = byte ? strchr(control, byte) : NULL;

	if (known)
		buf_add_format(out, "\\%c", letter[known - control]);
	else
		buf_add_format(out, "\\%03o", byte);
}

static void add_escaped(struct buf *out, const char *text, size_t size,
			bool escape_quote)
{
	while (size > 0) {
		uint32_t codepoint = 0;
		size_t length = utf8_decode(text, size, &codepoint);

		if (length == 0 || codepoint == '\t' ||
		    utf8_is_unsafe(codepoint)) {
			length = length ? length : 1;
			for (size_t i = 0; i < length; i++)
				add_byte(out, (unsigned char)text[i]);
		} else {
			if (codepoint == '\\' ||
			    (codepoint == '"' && escape_quote))
				buf_add_char(out, '\\');
			buf_add(out, text, length);
		}
		text += length;
		size -= length;
	}
}

void quote_add(struct buf *out, const char *text, size_t size)
{
	buf_add_char(out, '"');
	add_escaped(out, text, size, true);
	buf_add_char(out, '"');
}

void quote_add_escaped(struct buf *out, const char *text, size_t size)
{
	bool blank = size > 0 && text[size - 1] == ' ';

	add_escaped(out, text, size - blank, false);
	if (blank)
		add_byte(out, ' ');
}

/* Letters and digits of ASCII, and what stands in paths and options. */
static bool is_plain_word(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./,:=@%+";

	return *text && text[strspn(text, plain)] == '\0';
}

void quote_add_shell(struct buf *out, const char *text)
{
	if (is_plain_word(text)) {
		buf_add_string(out, text);
		return;
	}
	buf_add_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_add_string(out, "'\\''");
		else
			buf_add_char(out, *text);
	}
	buf_add_char(out, '\'');
}

/* Reads what follows a backslash. Returns its length, 0 if malformed. */
static size_t read_escape(struct buf *out, const char *text, size_t size)
{
	const char *known;
	int value = 0;

	if (size == 0)
		return 0;
	if (text[0] == '"' || text[0] == '\\') {
		buf_add_char(out, text[0]);
		return 1;
	}
	known = text[0] ? strchr(letter, text[0]) : NULL;
	if (known) {
		buf_add_char(out, control[known - letter]);
		return 1;
	}
	if (size < 3 || text[0] > '3')
		return 0;
	for (int i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '7')
			return 0;
		value = value * 8 + (text[i] - '0');
	}
	buf_add_char(out, (char)value);
	return 3;
}

size_t quote_read(struct buf *out, const char *quoted, size_t size)
{
	size_t at = 1;

	if (size < 2 || quoted[0] != '"')
		return 0;
	while (at < size && quoted[at] != '"') {
		if (quoted[at] == '\\') {
			size_t length = read_escape(out, quoted + at + 1,
						    size - at - 1);
			if (length == 0)
				return 0;
			at += length + 1;
		} else {
			buf_add_char(out, quoted[at++]);
		}
	}
	return at < size ? at + 1 : 0;
}

bool quote_read_escaped(struct buf *out, const char *text, size_t size)
{
	while (size > 0) {
		const char *slash = memchr(text, '\\', size);
		size_t plain = slash ? (size_t)(slash - text) : size;
		size_t length;

		buf_add(out, text, plain);
		if (!slash)
			break;
		length = read_escape(out, slash + 1, size - plain - 1);
		if (length == 0)
			return false;
		text = slash + 1 + length;
		size -= plain + 1 + length;
	}
	return true;
}
