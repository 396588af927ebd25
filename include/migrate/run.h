/* Running a migration on a SQLite database, as D1 runs it. */
#ifndef MIGRATE_RUN_H
#define MIGRATE_RUN_H

#include "format/script.h"
#include "source/execute.h"
#include "util/err.h"

struct sqlite3;

/*
 * Runs the script in the transaction that is open, with foreign keys enforced,
 * whatever it asks for; they are not enforced after it. One that is deferred
 * and unfulfilled at its end is D1_ERROR. What ran stays for the caller to roll
 * back.
 */
int migration_run(struct sqlite3 *db, struct script *script,
		  enum execute_rights rights, struct err *err) MUST_CHECK;

#endif
