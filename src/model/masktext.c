#include "config.h"

#include "model/masktext.h"

#include <string.h>

static bool is_masked_text(const struct value *value, size_t size)
{
	if (value->type != VALUE_TEXT || value->size != size ||
	    memcmp(value->data, MASK_PREFIX, MASK_PREFIX_SIZE) != 0)
		return false;
	for (size_t i = MASK_PREFIX_SIZE; i < size; i++) {
		char c = value->data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

bool mask_is_mask(const struct value *value)
{
	return is_masked_text(value, MASK_TEXT_SIZE);
}

bool mask_is_placeholder(const struct value *value)
{
	return is_masked_text(value, MASK_PLACEHOLDER_SIZE);
}
