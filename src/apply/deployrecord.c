#include "config.h"

#include "apply/deployrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "source/statement.h"
#include "util/sha256.h"

enum { NAME_DIGITS = 16 };

struct deploy_record {
	char *dir;
	char *path;
	sqlite3 *db; /* NULL: there is no file */
	bool is_busy;
	char *notes[DEPLOY_NOTES];
};

/* ---- the file ---- */

static int find_path(struct deploy_record *self, const char *target,
		     struct err *err)
{
	char digest[SHA256_HEX_SIZE];

	if (sha256_hex(digest, target, strlen(target), err) < 0)
		return err->code;
	if (asprintf(&self->path, "%s/%.*s.sqlite", self->dir, NAME_DIGITS,
		     digest) >= 0)
		return 0;
	self->path = NULL;
	return err_set_nomem(err);
}

/* For its owner alone; SQLite gives what it puts beside it the same mode. */
static int make_file(const struct deploy_record *self, struct err *err)
{
	char *end = strrchr(self->dir, '/');
	int fd;

	if (end) {
		*end = '\0';
		(void)!mkdir(self->dir, 0700);
		*end = '/';
	}
	if (mkdir(self->dir, 0700) < 0 && errno != EEXIST)
		return err_set_errno(err, "cannot make the folder '%s'",
				     self->dir);
	fd = open(self->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(err, "cannot write '%s'", self->path);
	close(fd);
	return 0;
}

static int fail(struct deploy_record *self, int rc, struct err *err)
{
	if ((rc & 0xff) != SQLITE_BUSY)
		return statement_error(self->db, rc, self->path, err);
	err_set(err, D1_EREFUSED,
		"another deploy to this database is under way here");
	return err_hint(err, "it is the one that has '%s' open", self->path);
}

static int run(struct deploy_record *self, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(self->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(self, rc, err);
}

/* D1_EREFUSED if the deploy that held the lock has removed the file. */
static int check_place(struct deploy_record *self, const struct stat *opened,
		       struct err *err)
{
	struct stat there;

	return lstat(self->path, &there) == 0 &&
			       there.st_dev == opened->st_dev &&
			       there.st_ino == opened->st_ino
		       ? 0
		       : fail(self, SQLITE_BUSY, err);
}

/* Whoever writes keeps the lock until the file is closed, or gone. */
static int lock_file(struct deploy_record *self, const struct stat *opened,
		     struct err *err)
{
	static const char sql[] =
		"PRAGMA locking_mode=EXCLUSIVE;"
		"PRAGMA synchronous=FULL;"
		"BEGIN EXCLUSIVE;"
		"CREATE TABLE IF NOT EXISTS notes(note INTEGER PRIMARY KEY,"
		" text TEXT);"
		"CREATE TABLE IF NOT EXISTS entries(entry BLOB PRIMARY KEY)"
		" WITHOUT ROWID;"
		"COMMIT";

	return run(self, sql, err) < 0 ? err->code
				       : check_place(self, opened, err);
}

static int open_file(struct deploy_record *self, bool writes, struct err *err)
{
	struct stat status;
	int rc;

	if (lstat(self->path, &status) < 0)
		return err_set_errno(err, "cannot open '%s'", self->path);
	/* what a deploy was writing when it was killed is put right, too */
	rc = sqlite3_open_v2(self->path, &self->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return fail(self, rc, err);
	return writes ? lock_file(self, &status, err) : 0;
}

static int keep_note(void *context, int ncolumns, char **values, char **names)
{
	struct deploy_record *self = context;
	int note = values[0] ? (int)strtol(values[0], NULL, 10) : -1;

	(void)ncolumns;
	(void)names;
	if (note < 0 || note >= DEPLOY_NOTES || !values[1])
		return 0;
	free(self->notes[note]);
	self->notes[note] = strdup(values[1]);
	return self->notes[note] ? 0 : 1;
}

static int read_notes(struct deploy_record *self, struct err *err)
{
	int rc = sqlite3_exec(self->db, "SELECT note, text FROM notes",
			      keep_note, self, NULL);

	return rc == SQLITE_OK ? 0 : fail(self, rc, err);
}

/* One that a deploy had no time to fill says nothing. */
static int read_file(struct deploy_record *self, bool writes, struct err *err)
{
	struct stat status;

	if (lstat(self->path, &status) < 0)
		return errno == ENOENT ? 0
				       : err_set_errno(err, "cannot open '%s'",
						       self->path);
	if (!S_ISREG(status.st_mode))
		return err_set(err, D1_ERROR, "'%s' is no plain file",
			       self->path);
	if (status.st_size == 0 && !writes)
		return 0;
	if (open_file(self, writes, err) < 0)
		return err->code;
	return read_notes(self, err);
}

int deploy_record_open(struct deploy_record **record, const char *dir,
		       const char *target, bool writes, struct err *err)
{
	struct deploy_record *self = calloc(1, sizeof(*self));

	*record = self;
	if (!self)
		return err_set_nomem(err);
	self->dir = strdup(dir);
	if (!self->dir)
		err_set_nomem(err);
	else if (find_path(self, target, err) == 0)
		(void)!read_file(self, writes, err);
	/* the lock of a deploy that is under way keeps it from being read */
	if (err->code == D1_EREFUSED && !writes) {
		self->is_busy = true;
		err_clear(err);
	}
	if (err->code) {
		deploy_record_close(self);
		*record = NULL;
	}
	return err->code;
}

void deploy_record_close(struct deploy_record *record)
{
	if (!record)
		return;
	sqlite3_close(record->db);
	for (size_t i = 0; i < DEPLOY_NOTES; i++)
		free(record->notes[i]);
	free(record->path);
	free(record->dir);
	free(record);
}

/* ---- reading ---- */

bool deploy_record_is_there(const struct deploy_record *record)
{
	return record->notes[DEPLOY_NOTE_STEP];
}

bool deploy_record_is_busy(const struct deploy_record *record)
{
	return record->is_busy;
}

const char *deploy_record_note(const struct deploy_record *record,
			       enum deploy_note note)
{
	return record->notes[note];
}

struct sqlite3 *deploy_record_database(struct deploy_record *record)
{
	return record->db;
}

/* ---- writing ---- */

int deploy_record_begin(struct deploy_record *record, struct err *err)
{
	if (!record->db &&
	    (make_file(record, err) < 0 || open_file(record, true, err) < 0))
		return err->code;
	return run(record, "BEGIN", err);
}

int deploy_record_set(struct deploy_record *record, enum deploy_note note,
		      const char *text, struct err *err)
{
	static const char sql[] = "INSERT OR REPLACE INTO notes VALUES(?, ?)";
	char *copy = text ? strdup(text) : NULL;
	sqlite3_stmt *statement = NULL;
	int rc;

	if (text && !copy)
		return err_set_nomem(err);
	free(record->notes[note]);
	record->notes[note] = copy;
	rc = sqlite3_prepare_v2(record->db, sql, -1, &statement, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int(statement, 1, (int)note);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(statement, 2, copy, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE)
		rc = sqlite3_reset(statement);
	if (rc != SQLITE_OK)
		fail(record, rc, err);
	sqlite3_finalize(statement);
	return err->code;
}

int deploy_record_keep(struct deploy_record *record, struct err *err)
{
	return run(record, "COMMIT", err);
}

static int remove_file(const char *path, struct err *err)
{
	if (unlink(path) < 0 && errno != ENOENT)
		err_set_errno(err, "cannot remove '%s'", path);
	return err->code;
}

/* With what SQLite has beside it: first, as a later one may have its own. */
static int remove_files(const struct deploy_record *self, struct err *err)
{
	char *journal;

	if (asprintf(&journal, "%s-journal", self->path) < 0)
		return err_set_nomem(err);
	if (remove_file(journal, err) == 0)
		(void)!remove_file(self->path, err);
	free(journal);
	return err->code;
}

int deploy_record_forget(struct deploy_record *record, struct err *err)
{
	for (size_t i = 0; i < DEPLOY_NOTES; i++) {
		free(record->notes[i]);
		record->notes[i] = NULL;
	}
	/* while it is locked, so that no other deploy has begun to write it */
	(void)!remove_files(record, err);
	sqlite3_close(record->db);
	record->db = NULL;
	return err->code;
}
