/* Where a statement begins and ends, and what of it must stay as it stands. */
#ifndef SCHEMA_STATEMENTSPAN_H
#define SCHEMA_STATEMENTSPAN_H

#include <stdbool.h>

#include "model/sqltoken.h"

/*
 * Cuts off the semicolons, blanks and comments around a statement; *end is
 * behind its comments. False if it is none, or too deep
 * (schema/normaltext.h).
 */
bool statementspan_trim(struct sqltokens *tokens, const char **end);

/*
 * True if a type of a column, in what follows the name of a table, has a
 * comment or a name to be written otherwise in it: SQLite takes all between its
 * first word and its last one, quotes and all, and looks for INT and CHAR in
 * it.
 */
bool statementspan_keeps_type(struct sqltokens tokens);

#endif
