/*
 * A SQLite file as a source, read in one transaction through its WAL.
 *
 * No row is ever changed, and nothing is left beside the file; a running
 * program that writes it goes on. A lock that another program holds is waited
 * for, five seconds at most.
 */
#ifndef SOURCE_SQLITE_H
#define SOURCE_SQLITE_H

#include "source/source.h"

struct sqlite3;

/*
 * Opens the file at `path`. Missing: D1_ENOTFOUND; a directory, not a
 * database, damaged, locked: D1_ERROR with what to do.
 */
int sqlite_open(struct source **source, const char *path,
		struct err *err) MUST_CHECK;

/* Whose a database handle is. */
enum sqlite_handle {
	/* the source's: it closes the handle, also if it cannot be made */
	SQLITE_HANDLE_TAKEN,
	/* the caller's: it stays open, and outlives the source */
	SQLITE_HANDLE_BORROWED,
};

/*
 * Makes a source over a database that is open already, in whatever transaction
 * the caller has begun, or in none: none is begun or ended, and no setting is
 * changed, but that a UTF-16 database gets the collation d1_binary. Functions
 * that the schema needs (source/functions.h) are the caller's to register.
 *
 * The schema is the one there is now; cursors deliver the rows that are there
 * when they are read. `name` is what messages call the database.
 */
int sqlite_wrap(struct source **source, struct sqlite3 *db,
		enum sqlite_handle handle, const char *name,
		struct err *err) MUST_CHECK;

#endif
