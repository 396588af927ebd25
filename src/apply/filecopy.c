#include "config.h"

#include "apply/filecopy.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "apply/file.h"
#include "source/statement.h"

enum { BUSY_TIMEOUT = 5000, PAGES = 1024, PAUSE = 50 };

static int open_file(sqlite3 **db, const char *path, int flags, struct err *err)
{
	int rc = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(*db, BUSY_TIMEOUT);
	return rc == SQLITE_OK ? 0 : database_file_error(*db, rc, path, err);
}

/* One transaction holds all steps together: nobody writes between them. */
static int copy_pages(sqlite3 *from, sqlite3 *to, struct err *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int finished, waited = 0;
	int rc = SQLITE_OK;

	while (backup) {
		rc = sqlite3_backup_step(backup, PAGES);
		if (rc == SQLITE_OK)
			continue;
		if ((rc != SQLITE_BUSY && rc != SQLITE_LOCKED) ||
		    waited >= BUSY_TIMEOUT)
			break;
		waited += sqlite3_sleep(PAUSE);
	}
	finished = sqlite3_backup_finish(backup);
	if (rc == SQLITE_DONE && finished == SQLITE_OK)
		return 0;
	if (rc == SQLITE_DONE || !backup)
		rc = sqlite3_errcode(to);
	return statement_error(to, rc, sqlite3_db_filename(to, "main"), err);
}

int file_copy_database(const char *from, const char *to, struct err *err)
{
	sqlite3 *source = NULL, *copy = NULL;
	struct stat info;
	bool was_empty = stat(to, &info) == 0 && info.st_size == 0;
	int rc;

	if (open_file(&source, from, SQLITE_OPEN_READONLY, err) < 0 ||
	    open_file(&copy, to, SQLITE_OPEN_READWRITE, err) < 0)
		goto out;
	rc = sqlite3_exec(source, "BEGIN; SELECT 1 FROM sqlite_schema", NULL,
			  NULL, NULL);
	if (rc != SQLITE_OK) {
		database_file_error(source, rc, from, err);
		goto out;
	}
	if (copy_pages(source, copy, err) < 0 || !was_empty)
		goto out;
	/* what it was copied from may have had a log of its own */
	rc = sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		database_file_error(copy, rc, to, err);
out:
	sqlite3_close(source);
	sqlite3_close(copy);
	return err->code;
}
