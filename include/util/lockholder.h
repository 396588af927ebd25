/* Which process keeps others from writing a SQLite file. */
#ifndef UTIL_LOCKHOLDER_H
#define UTIL_LOCKHOLDER_H

#include <stdbool.h>

struct lock_holder {
	long pid;
	char name[32]; /* of the program, in printable ASCII */
};

/*
 * Finds another process that has locked the database file at `path`. False if
 * there is none any more, or the system does not tell (Linux does).
 */
bool lock_holder_find(struct lock_holder *holder, const char *path);

#endif
