#include "config.h"

#include "git/attributes.h"

#include <string.h>

#include "util/quote.h"
#include "util/text.h"
#include "util/utf8.h"

/* What git takes for blanks between the words of a line. */
static const char blanks[] = " \t\r";

/* A piece of a line. */
struct word {
	const char *text;
	size_t size;
};

static bool is_blank(char c)
{
	return c && strchr(blanks, c);
}

/* The length of the pattern in quotes at the start of the text. */
static size_t quoted_length(const char *text, size_t size)
{
	size_t at = 1;

	while (at < size && text[at] != '"')
		at += text[at] == '\\' && at + 1 < size ? 2 : 1;
	return at < size ? at + 1 : size;
}

/* Takes the first word off the line; false if there is none. */
static bool take_word(struct word *word, struct word *line)
{
	size_t length = 0;

	while (line->size > 0 && is_blank(*line->text)) {
		line->text++;
		line->size--;
	}
	if (line->size > 0 && *line->text == '"')
		length = quoted_length(line->text, line->size);
	while (length < line->size && !is_blank(line->text[length]))
		length++;
	*word = (struct word){ line->text, length };
	line->text += length;
	line->size -= length;
	return length > 0;
}

static bool same_word(const struct word *a, const struct word *b)
{
	return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool has_word(struct word line, const struct word *wanted)
{
	struct word word;

	while (take_word(&word, &line))
		if (same_word(&word, wanted))
			return true;
	return false;
}

/* True if the line says all that `wanted` says. */
static bool line_has(struct word line, struct word wanted)
{
	struct word pattern, attribute;

	if (!take_word(&pattern, &line) || !take_word(&attribute, &wanted) ||
	    !same_word(&pattern, &attribute))
		return false;
	while (take_word(&attribute, &wanted))
		if (!has_word(line, &attribute))
			return false;
	return true;
}

bool attributes_have(const char *text, size_t size, const char *line)
{
	static const char mark[] = "\xef\xbb\xbf"; /* git passes over it */
	const struct word wanted = { line, strlen(line) };

	(void)!text_take(&text, &size, mark);
	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;

		if (line_has((struct word){ text, length }, wanted))
			return true;
		length += end != NULL;
		text += length;
		size -= length;
	}
	return false;
}

void attributes_add(struct buf *text, const char *line)
{
	const char *first =
		text->len ? memchr(text->data, '\n', text->len) : NULL;
	const char *end = first && first > text->data && first[-1] == '\r'
				  ? "\r\n"
				  : "\n";

	if (text->len && text->data[text->len - 1] != '\n')
		buf_add_string(text, end);
	buf_add_string(text, line);
	buf_add_string(text, end);
}

void attributes_add_pattern(struct buf *out, const char *path, const char *rest)
{
	struct buf pattern;

	buf_init(&pattern, out->max);
	for (const char *at = path; *at; at++) {
		/* at the beginning ! and # mean something, too */
		if (strchr("*?[\\", *at) || (at == path && strchr("!#", *at)))
			buf_add_char(&pattern, '\\');
		buf_add_char(&pattern, *at);
	}
	buf_add_string(&pattern, rest);
	if (pattern.failed)
		out->failed = true;
	else if (*path == '"' || strpbrk(path, " \t") ||
		 !utf8_is_plain(path, strlen(path)))
		quote_add(out, pattern.data, pattern.len);
	else
		buf_add(out, pattern.data, pattern.len);
	buf_release(&pattern);
}
