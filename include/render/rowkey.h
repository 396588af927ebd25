/* Which cells of a row say what row it is: they are its name, not its content.
 */
#ifndef RENDER_ROWKEY_H
#define RENDER_ROWKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/change.h"

/* What --redact shows in the place of a value. It is no literal. */
extern const char redacted_value[];

/* True if the cell of that side is in the key by which the row was found. */
bool row_key_has(const struct table_pair *pair, int side, size_t cell,
		 const struct change *change);

/* True if the row has a label: a short text that can be shown as it is. */
bool label_is_shown(const struct pair_side *side, const struct row *row);

#endif
