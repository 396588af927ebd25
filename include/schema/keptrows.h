/*
 * The values that a plan must leave as they are in a table that it makes anew:
 * how a rehearsal asks for them.
 */
#ifndef SCHEMA_KEPTROWS_H
#define SCHEMA_KEPTROWS_H

#include "schema/tabledef.h"
#include "util/buf.h"

enum keptrows_form {
	KEPTROWS_LITERALS, /* for SQL that compares them, types and all */
	KEPTROWS_VALUES,   /* as they are: SQLite has less to read and to do */
};

/*
 * Appends a SELECT of them from the table of that name, which is defined as one
 * of both by then: rowid, if it stays, and all columns that stay as they are.
 */
void keptrows_add_select(struct buf *sql, enum keptrows_form form,
			 const char *table, const struct tabledef *a,
			 const struct tabledef *b);

#endif
