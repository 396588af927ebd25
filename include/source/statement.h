/* Rows of a prepared SQLite statement, and what SQLite's errors mean here. */
#ifndef SOURCE_STATEMENT_H
#define SOURCE_STATEMENT_H

#include <sqlite3.h>

#include "source/source.h"

/*
 * Records SQLite's error `rc` on the database that messages call `name`, with
 * what a user can do about it. Returns the code now in `err`.
 */
int statement_error(sqlite3 *db, int rc, const char *name, struct err *err);

/*
 * Prepares one statement that may only read. The caller finalizes it.
 */
int statement_prepare(sqlite3_stmt **statement, sqlite3 *db, const char *sql,
		      const char *name, struct err *err) MUST_CHECK;

/* Binds the value, whose bytes stay valid until the statement is done. */
int statement_bind(sqlite3_stmt *statement, int parameter,
		   const struct value *value) MUST_CHECK;

/*
 * Makes a cursor over the statement's rows, of `ncells` cells from the first
 * column on. The cursor owns the statement, also if this call fails; `name`
 * stays valid while it is open.
 */
int statement_cursor(struct cursor **cursor, sqlite3_stmt *statement,
		     size_t ncells, const char *name,
		     struct err *err) MUST_CHECK;

#endif
