#include "config.h"

#include "render/rowkey.h"

#include "model/literal.h"

enum { MAX_LABEL = 40 }; /* characters */

const char redacted_value[] = "redacted";

bool row_key_has(const struct table_pair *pair, int side, size_t cell,
		 const struct change *change)
{
	for (size_t i = 0; change->keyed && i < pair->nkey; i++)
		if (pair->sides[side].key[i] == cell)
			return true;
	return false;
}

bool label_is_shown(const struct pair_side *side, const struct row *row)
{
	const struct value *value;
	size_t characters = 0;

	if (side->label == side->ncolumns)
		return false;
	value = &row->cells[side->label];
	if (!literal_is_plain_text(value))
		return false;
	for (size_t i = 0; i < value->size; i++)
		characters += ((unsigned char)value->data[i] & 0xc0) != 0x80;
	return characters <= MAX_LABEL;
}
