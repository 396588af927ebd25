/* Texts made from a table of options: for `-h` and for the completion. */
#ifndef UTIL_USAGE_H
#define UTIL_USAGE_H

#include "util/buf.h"
#include "util/option.h"

/*
 * Appends "usage: " and the lines of `usage` (NULL ends the list), then the
 * table, one option a line, laid out as git does.
 */
void usage_add(struct buf *out, const char *const *usage,
	       const struct option_spec *specs);

/*
 * Appends the long options, a blank before each: ` --name`, ` --name=` where
 * an argument must or may follow, ` --no-name`.
 */
void usage_add_completion(struct buf *out, const struct option_spec *specs);

#endif
