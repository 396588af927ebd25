/*
 * What stands in the place of a masked value (diff/mask.h): a mask, 'masked-'
 * and 64 lower case hexadecimal digits; or a placeholder, with 12 of them.
 */
#ifndef MODEL_MASKTEXT_H
#define MODEL_MASKTEXT_H

#include <stdbool.h>

#include "model/value.h"

#define MASK_PREFIX "masked-"

enum {
	MASK_PREFIX_SIZE = sizeof(MASK_PREFIX) - 1,
	MASK_TEXT_SIZE = MASK_PREFIX_SIZE + 64,	       /* bytes of a mask */
	MASK_PLACEHOLDER_SIZE = MASK_PREFIX_SIZE + 12, /* of a placeholder */
};

/* True for a text that is a mask; for one that is a placeholder. */
bool mask_is_mask(const struct value *value);
bool mask_is_placeholder(const struct value *value);

#endif
