/*
 * Runs SQL that came out of a repository on a SQLite database, with no more
 * power than it needs: an authorizer refuses what could reach beyond the
 * database (ATTACH, VACUUM INTO, load_extension, pragmas but a few), and
 * limits end what would run forever.
 */
#ifndef SOURCE_EXECUTE_H
#define SOURCE_EXECUTE_H

#include "format/script.h"
#include "util/err.h"

struct sqlite3;

enum execute_rights {
	/* CREATE TABLE, INDEX, VIEW, TRIGGER, VIRTUAL TABLE, and the pragma
	 * defer_foreign_keys */
	EXECUTE_DEFINITIONS,
	/* what a migration may do on D1: also DROP, ALTER, rows, and the
	 * pragmas that D1 allows; no transaction control */
	EXECUTE_MIGRATION,
};

/*
 * Runs each statement of the script. An error names file and line, and what
 * SQLite says; what ran before it stays for the caller to roll back.
 */
int execute_script(struct sqlite3 *db, struct script *script,
		   enum execute_rights rights, struct err *err) MUST_CHECK;

#endif
