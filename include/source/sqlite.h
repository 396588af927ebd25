/*
 * A SQLite file as a source, read in one transaction through its WAL.
 *
 * No row is ever changed, and nothing is left beside the file; a running
 * program that writes it goes on. A lock that another program holds is waited
 * for, five seconds at most.
 */
#ifndef SOURCE_SQLITE_H
#define SOURCE_SQLITE_H

#include "source/source.h"

/*
 * Opens the file at `path`. Missing: D1_ENOTFOUND; a directory, not a
 * database, damaged, locked: D1_ERROR with what to do.
 */
int sqlite_open(struct source **source, const char *path,
		struct err *err) MUST_CHECK;

#endif
