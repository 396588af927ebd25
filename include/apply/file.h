/* Opening a SQLite file for writing, and making one. */
#ifndef APPLY_FILE_H
#define APPLY_FILE_H

#include <stdbool.h>

#include "util/err.h"

struct sqlite3;

struct database_file {
	struct sqlite3 *db;
	char *path;
	bool made;	/* there was no file */
	bool empty;	/* or nothing in it */
	char *made_dir; /* the topmost folder that was made; NULL: none */
};

/*
 * Opens the file. With `create` a file that is missing is made as wrangler
 * makes it (write-ahead log, pages of 4096 bytes, UTF-8), with its folders.
 */
int database_file_open(struct database_file *file, const char *path,
		       bool create, struct err *err) MUST_CHECK;

/*
 * Rolls back what a program that was killed had written to a file without a
 * write-ahead log: until then nobody can read it who may not write it. A file
 * that is in order, or missing, is left alone.
 */
int database_file_recover(const char *path, struct err *err) MUST_CHECK;

/*
 * Records SQLite's error `rc` while the database that messages call `name` is
 * written. Returns the code now in `err`.
 */
int database_file_error(struct sqlite3 *db, int rc, const char *name,
			struct err *err);

/*
 * Closes it. With `undo` a file that was made is removed again, if nothing is
 * in it, and so are the folders.
 */
void database_file_close(struct database_file *file, bool undo);

#endif
