/*
 * One text for all spellings of a definition that mean the same: comments are
 * gone, blanks stand where they are needed for reading, IF NOT EXISTS is left
 * out as SQLite does, and [a] and `a` are "a" where that is a name for sure (in
 * a view or a trigger SQLite takes "a" for a text if there is no such column,
 * but [a] for an error). What is inside literals and names stays as it is, and
 * words keep their letter case, for any of them may be a name. Normalising
 * twice is normalising once, and SQLite makes the same object of the result.
 *
 *	CREATE TABLE t(
 *		id INTEGER PRIMARY KEY,
 *		name TEXT NOT NULL DEFAULT 'x',
 *		CHECK(length(name) < 10)
 *	) STRICT
 *
 * The columns and constraints of a table stand in lines of their own, so that
 * two people can add a column each and git can merge that; so do the
 * statements in the body of a trigger. All else is one line.
 *
 * Where SQLite keeps the text itself, it stays as it is, blanks and comments
 * and all: the arguments of a virtual table's module; what a SELECT computes
 * without giving it a name with AS, for that text is the name of the column;
 * and a table with a comment, or a name as [a], inside the type of a column,
 * for that is part of the type. So does what SQLite would not take for SQL.
 */
#ifndef SCHEMA_NORMALISE_H
#define SCHEMA_NORMALISE_H

#include <stddef.h>

#include "util/buf.h"

/* Appends the normal form of one statement, without `;` at the end. */
void normalise_add(struct buf *out, const char *sql, size_t size);

#endif
