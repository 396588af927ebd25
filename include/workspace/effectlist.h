/* Rows that foreign keys change besides those of a patch, as text. */
#ifndef WORKSPACE_EFFECTLIST_H
#define WORKSPACE_EFFECTLIST_H

#include <stdio.h>

#include "apply/changes.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Writes a line for each, up to twenty of a table: "besides: lines id=3 is
 * deleted by a foreign key". No value is shown but those of keys.
 */
int effectlist_write(FILE *out, struct changes *effects,
		     struct err *err) MUST_CHECK;

/* Appends " id=3", the key of a row of the table. */
void effectlist_add_key(struct buf *line, const struct changed_table *table,
			const struct row *row);

#endif
