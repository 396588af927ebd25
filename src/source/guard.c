#include "config.h"

#include "source/guard.h"

#include <stddef.h>

#include <sqlite3.h>

#include "source/functions.h"

int guard_database(sqlite3 *db)
{
	static const struct {
		int option;
		int value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		/* on by default where the library was built so, as Debian's */
		{ SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(options) && rc == SQLITE_OK; i++)
		rc = sqlite3_db_config(db, options[i].option, options[i].value,
				       NULL);
	if (rc == SQLITE_OK)
		rc = functions_register(db);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	return rc;
}
