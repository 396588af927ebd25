/*
 * Runs SQL that came out of a repository on a SQLite database, with no more
 * power than it needs: an authorizer refuses what could reach beyond the
 * database (ATTACH, VACUUM INTO, load_extension, pragmas but a few, temporary
 * objects, tables that belong to D1), and limits end what would run forever.
 *
 * What is set on the connection for that is set back at the end, and so are
 * the pragmas that a script may set, but for defer_foreign_keys, which ends
 * with the transaction. The functions of source/functions.h stay.
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

enum {
	EXECUTE_SECONDS = 60,
	/* definitions: SQLite gets slower with each that there is already */
	EXECUTE_MAX_DEFINITIONS = 10000,
};

/*
 * Runs each statement of the script, for EXECUTE_SECONDS at most each. An
 * error names file and line, and what SQLite says; what is refused by the
 * rights is D1_EREFUSED, and so are more than EXECUTE_MAX_DEFINITIONS
 * statements if they have to be definitions. What ran before it stays for the
 * caller to roll back, if the statement (RAISE(ROLLBACK), ON CONFLICT ROLLBACK)
 * has not done so.
 */
int execute_script(struct sqlite3 *db, struct script *script,
		   enum execute_rights rights, struct err *err) MUST_CHECK;

/* As execute_script(), with another limit for each statement. */
int execute_script_within(struct sqlite3 *db, struct script *script,
			  enum execute_rights rights, unsigned int milliseconds,
			  struct err *err) MUST_CHECK;

/* Runs one statement of a script that messages call `name`. */
int execute_statement(struct sqlite3 *db,
		      const struct script_statement *statement,
		      const char *name, enum execute_rights rights,
		      struct err *err) MUST_CHECK;

#endif
