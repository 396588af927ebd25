/*
 * File names of tables.
 *
 * A table's file is named like it, with these bytes as %XX: what is no lower
 * case letter, digit, `_`, `-` or inner `.`; and the first letter of a name
 * that is a device on Windows (con, nul.x). Names that are longer than 200
 * bytes then are cut, and `~` and 8 hexadecimal digits of the name's SHA-256
 * added. The empty name is `%`.
 *
 * So two names never share a file, whatever their letter case and whatever a
 * file system makes of that, or of Unicode; but for two long ones that begin
 * alike and agree in those digits.
 */
#ifndef FORMAT_FILENAME_H
#define FORMAT_FILENAME_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/err.h"

enum { FILENAME_MAX_SIZE = 200 }; /* bytes, without ".sql" */

/* Appends the file name of the table, with ".sql" after it. */
int filename_add(struct buf *out, const char *table,
		 struct err *err) MUST_CHECK;

/* True if a file of that name is a data file, and not a temporary one. */
bool filename_is_data(const char *name);

/*
 * True if the name of a table or a column can stand in a snapshot: it is UTF-8
 * without control characters.
 */
bool filename_is_possible(const char *name);

#endif
