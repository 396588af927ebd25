#include "config.h"

#include "apply/roworder.h"

#include <string.h>

int roworder_init(struct roworder *order, const size_t *key,
		  const enum collation *collations, size_t nkey,
		  struct arena *arena, struct err *err)
{
	*order = (struct roworder){ .any = false };
	order->key.cells = key;
	order->key.collations = collations;
	order->key.count = nkey;
	buf_init(&order->text, SIZE_MAX / 2);
	return key_mark_init(&order->mark, nkey ? nkey : 1, arena, err);
}

void roworder_release(struct roworder *order)
{
	key_mark_release(&order->mark);
	buf_release(&order->text);
}

static int compare_text(const struct buf *before, const char *text, size_t size)
{
	size_t shorter = before->len < size ? before->len : size;
	int result = shorter ? memcmp(before->data, text, shorter) : 0;

	if (result || before->len == size)
		return result;
	return before->len < size ? -1 : 1;
}

static bool has_null(const struct roworder *order, const struct row *row)
{
	for (size_t i = 0; i < order->key.count; i++)
		if (row->cells[order->key.cells[i]].type == VALUE_NULL)
			return true;
	return false;
}

static enum row_place find_place(const struct roworder *order,
				 const struct row *row, const char *text,
				 size_t size)
{
	int result = key_mark_compare(&order->mark, &order->key, row);

	if (result)
		return result < 0 ? ROW_AFTER : ROW_BEFORE;
	result = compare_text(&order->text, text, size);
	if (order->key.count == 0 || has_null(order, row))
		return result <= 0 ? ROW_AFTER : ROW_BEFORE;
	return result == 0 ? ROW_REPEATED : ROW_SAME_KEY;
}

int roworder_next(struct roworder *order, const struct row *row,
		  const char *text, size_t size, enum row_place *place,
		  struct err *err)
{
	*place = order->any ? find_place(order, row, text, size) : ROW_AFTER;
	buf_clear(&order->text);
	buf_add(&order->text, text, size);
	order->any = true;
	if (buf_check(&order->text, "a row", err) < 0)
		return err->code;
	return key_mark_set(&order->mark, &order->key, row, err);
}
