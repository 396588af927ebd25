#include "config.h"

#include "migrate/run.h"

#include <sqlite3.h>

#include "source/statement.h"

static int enforce(sqlite3 *db, bool on, const char *name, struct err *err)
{
	/* unlike the pragma, this counts within a transaction too */
	int rc = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, on, NULL);

	return rc == SQLITE_OK ? 0 : statement_error(db, rc, name, err);
}

static int check_end(sqlite3 *db, const char *name, struct err *err)
{
	int unfulfilled = 0;
	int highest;

	sqlite3_db_status(db, SQLITE_DBSTATUS_DEFERRED_FKS, &unfulfilled,
			  &highest, 0);
	return unfulfilled
		       ? err_set(err, D1_ERROR,
				 "%s: FOREIGN KEY constraint failed at its end",
				 name)
		       : 0;
}

int migration_run(sqlite3 *db, struct script *script,
		  enum execute_rights rights, struct err *err)
{
	const char *name = script_name(script);
	struct err own = ERR_INIT;
	int rc;

	if (enforce(db, true, name, err) == 0 &&
	    execute_script(db, script, rights, err) == 0)
		(void)!check_end(db, name, err);
	/* also after an error */
	if (enforce(db, false, name, &own) < 0 && !err->code)
		*err = own;
	if (err->code)
		return err->code;
	/* D1 begins each call afresh */
	rc = sqlite3_exec(db, "PRAGMA defer_foreign_keys=OFF", NULL, NULL,
			  NULL);
	return rc == SQLITE_OK ? 0 : statement_error(db, rc, name, err);
}
