/*
 * JSON with comments and trailing commas, as wrangler reads its configuration.
 */
#ifndef CONFIG_JSONC_H
#define CONFIG_JSONC_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "util/err.h"

/*
 * Reads the `size` bytes of UTF-8 at `text`, with or without a byte order mark,
 * into *root, which the caller frees with cJSON_Delete(). `name` is what the
 * text is called in messages, which give line and column.
 */
int jsonc_parse(cJSON **root, const char *text, size_t size, const char *name,
		struct err *err) MUST_CHECK;

/*
 * The member of an object in exactly this letter case, the last one if it
 * stands there twice; NULL if there is none or `object` is no object.
 */
const cJSON *jsonc_member(const cJSON *object, const char *name);

#endif
