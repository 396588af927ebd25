/*
 * Foreign keys that point to no row: which did before, and which do now.
 */
#ifndef APPLY_FOREIGNKEYS_H
#define APPLY_FOREIGNKEYS_H

#include "util/err.h"

struct sqlite3;

/*
 * Keeps, in a temporary table of the connection, the rows whose foreign keys
 * point to no row. Only the first call of a transaction counts.
 */
int foreign_keys_note(struct sqlite3 *db, struct err *err) MUST_CHECK;

/*
 * D1_ECONFLICT, which names tables and rows, if there are others now than
 * those noted; and forgets these.
 */
int foreign_keys_check(struct sqlite3 *db, struct err *err) MUST_CHECK;

/* Forgets what was noted, if anything was. */
int foreign_keys_forget(struct sqlite3 *db, struct err *err) MUST_CHECK;

#endif
