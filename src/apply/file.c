#include "config.h"

#include "apply/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "source/guard.h"
#include "source/statement.h"
#include "util/path.h"

enum {
	BUSY_TIMEOUT = 5000, /* milliseconds */
	/* bytes of what an index or a check computes: twice a line */
	MAX_LENGTH = 64 << 20,
};

/* ---- folders ---- */

/* Makes the folder, and those above it that are missing. */
static int make_folder(const char *path, struct err *err)
{
	char *above;

	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return err_set_errno(err, "cannot make the folder '%s'", path);
	above = path_dirname(path);
	if (!above)
		return err_set_nomem(err);
	if (make_folder(above, err) < 0)
		goto out;
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		err_set_errno(err, "cannot make the folder '%s'", path);
out:
	free(above);
	return err->code;
}

/* The topmost folder on the way to `path` that is not there; NULL: none. */
static char *missing_folder(const char *path)
{
	char *missing = NULL;
	char *at = strdup(path);

	while (at && *at && strcmp(at, "/") != 0 && access(at, F_OK) < 0) {
		free(missing);
		missing = at;
		at = path_dirname(missing);
	}
	free(at);
	return missing;
}

static int make_folders(struct database_file *file, struct err *err)
{
	char *dir = path_dirname(file->path);

	if (!dir)
		return err_set_nomem(err);
	file->made_dir = missing_folder(dir);
	if (file->made_dir)
		(void)!make_folder(dir, err);
	free(dir);
	return err->code;
}

/* Removes the empty folders from that of the file up to the topmost made. */
static void remove_folders(const struct database_file *file)
{
	char *at = path_dirname(file->path);

	while (at && path_is_inside(file->made_dir, at) && rmdir(at) == 0) {
		char *above = path_dirname(at);

		free(at);
		at = above;
	}
	free(at);
}

/* ---- the file ---- */

static int check_place(struct database_file *file, bool create, struct err *err)
{
	struct stat info;

	if (stat(file->path, &info) == 0) {
		file->empty = create && info.st_size == 0;
		if (S_ISREG(info.st_mode))
			return 0;
		return err_set(err, D1_ERROR, "'%s' is not a regular file",
			       file->path);
	}
	if (errno != ENOENT && errno != ENOTDIR)
		return err_set_errno(err, "cannot open '%s'", file->path);
	if (!create)
		return err_set(err, D1_ENOTFOUND,
			       "the database file '%s' does not exist",
			       file->path);
	file->made = true;
	file->empty = true;
	return make_folders(file, err);
}

/* Settings that keep SQL and files of unknown origin within the file. */
static int configure(struct database_file *file)
{
	static const char settings[] = "PRAGMA cell_size_check=ON;"
				       "PRAGMA mmap_size=0;"
				       "PRAGMA foreign_keys=OFF;"
				       "PRAGMA recursive_triggers=OFF";
	static const char creation[] = "PRAGMA page_size=4096;"
				       "PRAGMA encoding='UTF-8';"
				       "PRAGMA journal_mode=WAL";
	sqlite3 *db = file->db;
	int rc = sqlite3_busy_timeout(db, BUSY_TIMEOUT);

	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(db, 1);
	if (rc == SQLITE_OK)
		rc = guard_database(db);
	if (rc == SQLITE_OK && file->empty)
		rc = sqlite3_exec(db, creation, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, settings, NULL, NULL, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_LENGTH);
	return rc;
}

int database_file_open(struct database_file *file, const char *path,
		       bool create, struct err *err)
{
	char *dir = getcwd(NULL, 0);
	int rc;

	memset(file, 0, sizeof(*file));
	file->path = dir ? path_resolve(dir, path) : NULL;
	free(dir);
	if (!file->path)
		return err_set_nomem(err);
	if (check_place(file, create, err) < 0)
		goto out;
	rc = sqlite3_open_v2(file->path, &file->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				     (file->made ? SQLITE_OPEN_CREATE : 0),
			     NULL);
	if (rc == SQLITE_OK)
		rc = configure(file);
	if (rc != SQLITE_OK)
		database_file_error(file->db, rc, path, err);
out:
	if (err->code)
		database_file_close(file, true);
	return err->code;
}

int database_file_recover(const char *path, struct err *err)
{
	struct database_file file;
	char *journal;
	bool is_there;
	int rc;

	if (asprintf(&journal, "%s-journal", path) < 0)
		return err_set_nomem(err);
	is_there = access(journal, F_OK) == 0;
	free(journal);
	if (!is_there || database_file_open(&file, path, false, err) < 0)
		return err->code;
	rc = sqlite3_exec(file.db, "SELECT 1 FROM main.sqlite_schema", NULL,
			  NULL, NULL);
	if (rc != SQLITE_OK)
		(void)!database_file_error(file.db, rc, path, err);
	database_file_close(&file, false);
	return err->code;
}

int database_file_error(sqlite3 *db, int rc, const char *name, struct err *err)
{
	const char *message = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		err_set(err, D1_ERROR, "cannot write the database '%s': %s",
			name, message);
		return err_hint(err, "check the permissions of the file and of "
				     "its folder");
	case SQLITE_FULL:
	case SQLITE_IOERR:
		err_set(err, D1_ERROR, "cannot write '%s': %s", name, message);
		return err_hint(err, "nothing was written; make room on the "
				     "disk and in the temporary folder");
	case SQLITE_CONSTRAINT:
		return err_set(err, D1_ECONFLICT, "%s", message);
	default:
		return statement_error(db, rc, name, err);
	}
}

/* True if nobody has put anything into the file meanwhile. */
static bool is_untouched(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	bool untouched;

	untouched = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) ==
			    SQLITE_OK &&
		    sqlite3_prepare_v2(db, "SELECT 1 FROM main.sqlite_schema",
				       -1, &statement, NULL) == SQLITE_OK &&
		    sqlite3_step(statement) == SQLITE_DONE;
	sqlite3_finalize(statement);
	return untouched;
}

static void remove_files(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
						"-journal" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char *name = NULL;

		if (asprintf(&name, "%s%s", path, suffixes[i]) < 0)
			return;
		unlink(name);
		free(name);
	}
}

void database_file_close(struct database_file *file, bool undo)
{
	bool remove = undo && file->made;

	if (file->db && remove)
		remove = is_untouched(file->db);
	if (remove && file->path)
		remove_files(file->path);
	sqlite3_close(file->db);
	if (remove && file->path) {
		/* SQLite may have made its log once more when it closed */
		remove_files(file->path);
		if (file->made_dir)
			remove_folders(file);
	}
	free(file->path);
	free(file->made_dir);
	memset(file, 0, sizeof(*file));
}
