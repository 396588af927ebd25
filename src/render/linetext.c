#include "config.h"

#include "render/linetext.h"

#include <string.h>

#include "util/quote.h"
#include "util/utf8.h"

/* True if a line of a text may stand as it is. */
static bool is_raw_line(const char *text, size_t size)
{
	if (size == 0)
		return true;
	return text[0] != '\\' && text[size - 1] != ' ' &&
	       text[size - 1] != '\t' && utf8_is_plain(text, size);
}

void linetext_add(struct buf *out, const char *text, size_t size)
{
	if (is_raw_line(text, size)) {
		buf_add(out, text, size);
	} else {
		buf_add_char(out, '\\');
		quote_add(out, text, size);
	}
}

static bool is_nonempty_text(const struct value *value)
{
	return value->type == VALUE_TEXT && value->size > 0 &&
	       !memchr(value->data, '\0', value->size) &&
	       utf8_valid(value->data, value->size);
}

bool linetext_differs(const struct value *a, const struct value *b)
{
	return is_nonempty_text(a) && is_nonempty_text(b) &&
	       (value_has_lines(a) || value_has_lines(b));
}

/* True if each line break of the text is CR LF, and there is one. */
static bool is_crlf(const struct value *value)
{
	const char *at = value->data;
	const char *end = value->data + value->size;
	bool any = false;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		if (at == value->data || at[-1] != '\r')
			return false;
		any = true;
		at++;
	}
	return any;
}

/* True if the text has no line break that is not CR LF. */
static bool allows_crlf(const struct value *value)
{
	return is_crlf(value) || !memchr(value->data, '\n', value->size);
}

bool linetext_is_crlf(const struct value *a, const struct value *b)
{
	return allows_crlf(a) && allows_crlf(b) && (is_crlf(a) || is_crlf(b));
}

void linetext_add_without_cr(struct buf *out, const struct value *value)
{
	for (size_t i = 0; i < value->size; i++)
		if (value->data[i] != '\r' || i + 1 == value->size ||
		    value->data[i + 1] != '\n')
			buf_add_char(out, value->data[i]);
}
