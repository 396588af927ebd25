#include "config.h"

#include "render/markdowncode.h"

#include <string.h>

#include "model/name.h"
#include "render/name.h"
#include "util/quote.h"

enum {
	MAX_PIECE = 1 << 30,
	MAX_NAME = 120, /* bytes of a name that are shown */
	SHORTEST_FENCE = 3,
};

/* What would end the code, or the cell of a table, is written in octal. */
static void add_code(struct buf *out, const char *shown)
{
	size_t size = strlen(shown);
	size_t end = size;

	if (size > MAX_NAME) {
		end = MAX_NAME;
		while (end > 0 && ((unsigned char)shown[end] & 0xc0) == 0x80)
			end--;
	}
	buf_add_char(out, '`');
	for (size_t i = 0; i < end; i++) {
		if (shown[i] == '`')
			buf_add_string(out, "\\140");
		else if (shown[i] == '|')
			buf_add_string(out, "\\174");
		else
			buf_add_char(out, shown[i]);
	}
	buf_add_string(out, end < size ? "\xe2\x80\xa6`" : "`");
}

void markdown_add_name(struct buf *out, const char *name)
{
	struct buf shown;

	buf_init(&shown, MAX_PIECE);
	name_add(&shown, name);
	if (shown.failed)
		out->failed = true;
	else
		add_code(out, shown.data);
	buf_release(&shown);
}

void markdown_add_text(struct buf *out, const char *text)
{
	struct buf shown;

	buf_init(&shown, MAX_PIECE);
	quote_add_escaped(&shown, text, strlen(text));
	if (shown.failed)
		out->failed = true;
	else
		add_code(out, shown.len > 0 ? shown.data : " ");
	buf_release(&shown);
}

void markdown_add_html(struct buf *out, const struct buf *code)
{
	buf_add_string(out, "<code>");
	for (size_t i = 1; i + 1 < code->len; i++) {
		char c = code->data[i];

		if (strchr("&<>\"'", c))
			buf_add_format(out, "&#%d;", c);
		else
			buf_add_char(out, c);
	}
	buf_add_string(out, "</code>");
}

static size_t longest_backticks(const char *text, size_t size)
{
	size_t longest = 0;
	size_t run = 0;

	for (size_t i = 0; i < size; i++) {
		run = text[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void add_fence(struct buf *out, size_t size)
{
	while (size-- > 0)
		buf_add_char(out, '`');
}

void markdown_add_fenced(struct buf *out, const char *language,
			 const char *text, size_t size)
{
	size_t fence = longest_backticks(text, size) + 1;

	if (fence < SHORTEST_FENCE)
		fence = SHORTEST_FENCE;
	add_fence(out, fence);
	buf_add_format(out, "%s\n", language);
	buf_add(out, text, size);
	add_fence(out, fence);
	buf_add_char(out, '\n');
}

bool markdown_put(struct markdown_page *page, struct buf *piece)
{
	bool fits = !piece->failed && piece->len <= page->room;

	if (fits) {
		buf_add(&page->text, piece->data, piece->len);
		page->room -= piece->len;
	}
	buf_clear(piece);
	return fits;
}
