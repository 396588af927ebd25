#include "config.h"

#include "source/privatedb.h"

#include <sqlite3.h>

#include "source/statement.h"

const char private_database_name[] = "the temporary database";

int private_database_open(struct sqlite3 **db, const char *definitions,
			  struct err *err)
{
	/* the empty name is a private file that SQLite deletes */
	int rc = sqlite3_open_v2("", db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					 SQLITE_OPEN_NOMUTEX,
				 NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(*db,
				  "PRAGMA journal_mode=OFF;"
				  "PRAGMA synchronous=OFF;"
				  "PRAGMA cache_size=-4096; BEGIN",
				  NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(*db, definitions, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	statement_error(*db, rc, private_database_name, err);
	sqlite3_close(*db);
	*db = NULL;
	return err->code;
}
