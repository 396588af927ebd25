/*
 * TOML, read by toml++. Not there in a build without it (WITH_TOML).
 */
#ifndef CONFIG_TOML_H
#define CONFIG_TOML_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * Appends the document as JSON to `json`. Dates become strings. `name` is what
 * the text is called in messages, which give line and column, and nothing of
 * the text itself if it `is_secret`.
 */
int toml_to_json(struct buf *json, const char *text, size_t size,
		 const char *name, bool is_secret, struct err *err) MUST_CHECK;

#endif
