/*
 * Copies of a database that hold the same rows and definitions, and are as
 * different in all else as they can be: the order of everything, pages,
 * encoding, blanks and comments.
 */
#ifndef PROPERTY_COPY_H
#define PROPERTY_COPY_H

#include "random.h"

struct copy_traits {
	/* what sqlite3 does not dump exactly is something else in it: a text
	 * that holds a NUL or is not UTF-8, a real of many digits, -0.0 */
	bool clean;
	bool utf16; /* only of a copy that is clean */
};

/*
 * Adds what random databases lack: views, triggers, foreign keys in a circle.
 * As all here, ends the program if that fails.
 */
void copy_add_objects(struct random *random, const char *path);

/* Writes a copy of the database `from` to the new file `to`. */
void copy_make(struct random *random, const char *from, const char *to,
	       const struct copy_traits *traits);

/* True if the SQLite at hand reads all reals of the database from SQL as they
 * are, which it does not always for the very small and the very large. */
bool copy_is_loadable(const char *path);

/*
 * True if the SQLite at hand reads all reals of the database from SQL as they
 * are, which it does not always for the very small and the very large.
 */
bool copy_is_loadable(const char *path);

#endif
