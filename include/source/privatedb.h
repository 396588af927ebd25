/*
 * A private SQLite database, for rows that wait outside memory: a file without
 * a name, gone when it is closed.
 */
#ifndef SOURCE_PRIVATEDB_H
#define SOURCE_PRIVATEDB_H

#include "util/compiler.h"
#include "util/err.h"

struct sqlite3;

/* What messages call it. */
extern const char private_database_name[];

/*
 * Opens an empty one, within a transaction that nobody ends, and runs the
 * `definitions`; it takes 4 MiB of memory at most. The caller closes *db; it
 * is NULL after an error.
 */
int private_database_open(struct sqlite3 **db, const char *definitions,
			  struct err *err) MUST_CHECK;

#endif
