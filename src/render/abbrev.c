#include "config.h"

#include "render/abbrev.h"

#include <string.h>

#include "model/literal.h"

enum {
	LONG = 400,  /* bytes above which a literal is shortened */
	SHOWN = 240, /* bytes that stay */
	BEFORE = 80, /* bytes of these that stand before the difference */
};

static const char ellipsis[] = "\xe2\x80\xa6";

/* Moves to where a character begins, not past `limit`. */
static size_t align(const char *text, size_t at, size_t limit)
{
	while (at < limit && ((unsigned char)text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static size_t common_prefix(const struct buf *a, size_t start,
			    const struct buf *b)
{
	size_t most = a->len - start < b->len ? a->len - start : b->len;
	size_t at = 0;

	while (at < most && a->data[start + at] == b->data[at])
		at++;
	return at;
}

void abbrev_literal(struct buf *out, size_t start, const struct value *value,
		    const struct value *other)
{
	size_t size = out->len - start;
	size_t from = 0;
	size_t to;
	struct buf literal;

	if (out->failed || size <= LONG)
		return;
	buf_init(&literal, (size_t)1 << 30);
	if (other)
		literal_add(&literal, other);
	if (other && !literal.failed) {
		size_t differs = common_prefix(out, start, &literal);

		from = differs > BEFORE ? differs - BEFORE : 0;
		from = from > size - SHOWN ? size - SHOWN : from;
	}
	buf_clear(&literal);
	from = align(out->data + start, from, size);
	to = size - from > SHOWN ? align(out->data + start, from + SHOWN, size)
				 : size;
	if (from > 0)
		buf_add_string(&literal, ellipsis);
	buf_add(&literal, out->data + start + from, to - from);
	if (to < size)
		buf_add_string(&literal, ellipsis);
	if (value->type == VALUE_TEXT || value->type == VALUE_BLOB)
		buf_add_format(&literal, " (%zu bytes)", value->size);
	if (!literal.failed) {
		buf_truncate(out, start);
		buf_add(out, literal.data, literal.len);
	}
	buf_release(&literal);
}
