/*
 * The values that a plan must leave as they are in a table that it makes anew:
 * how a rehearsal asks for them.
 */
#ifndef SCHEMA_KEPTROWS_H
#define SCHEMA_KEPTROWS_H

#include "schema/tabledef.h"
#include "util/buf.h"

/*
 * Appends a SELECT of them as literals, from the table of that name, which is
 * defined as one of both by then: rowid, if it stays, and all columns that stay
 * as they are.
 */
void keptrows_add_select(struct buf *sql, const char *table,
			 const struct tabledef *a, const struct tabledef *b);

#endif
