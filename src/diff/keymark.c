#include "config.h"

#include "diff/keymark.h"

#include <string.h>

int key_mark_init(struct key_mark *mark, size_t count, struct arena *arena,
		  struct err *err)
{
	memset(mark, 0, sizeof(*mark));
	buf_init(&mark->bytes, SIZE_MAX / 4);
	mark->values = arena_array(arena, count, sizeof(*mark->values));
	return mark->values ? 0 : err_set_nomem(err);
}

void key_mark_release(struct key_mark *mark)
{
	buf_release(&mark->bytes);
	mark->set = false;
}

static bool has_bytes(const struct value *value)
{
	return value->type == VALUE_TEXT || value->type == VALUE_BLOB;
}

int key_mark_set(struct key_mark *mark, const struct key_order *order,
		 const struct row *row, struct err *err)
{
	size_t used = 0;

	buf_clear(&mark->bytes);
	for (size_t i = 0; i < order->count; i++) {
		const struct value *cell = &row->cells[order->cells[i]];

		mark->values[i] = *cell;
		if (has_bytes(cell))
			buf_add(&mark->bytes, cell->data, cell->size);
	}
	if (buf_check(&mark->bytes, "a key", err) < 0)
		return err->code;
	for (size_t i = 0; i < order->count; i++) {
		struct value *value = &mark->values[i];

		if (has_bytes(value)) {
			value->data = mark->bytes.data + used;
			used += value->size;
		}
	}
	mark->set = true;
	return 0;
}

int key_mark_compare(const struct key_mark *mark, const struct key_order *order,
		     const struct row *row)
{
	for (size_t i = 0; i < order->count; i++) {
		int result = value_compare(&mark->values[i],
					   &row->cells[order->cells[i]],
					   order->collations[i]);

		if (result)
			return result;
	}
	return 0;
}

int key_compare(const struct key_order *order, const struct row *a,
		const struct row *b)
{
	for (size_t i = 0; i < order->count; i++) {
		int result = value_compare(&a->cells[order->cells[i]],
					   &b->cells[order->cells[i]],
					   order->collations[i]);

		if (result)
			return result;
	}
	return 0;
}
