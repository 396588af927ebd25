/*
 * File names of tables: bytes other than letters, digits, `_`, `-` and an
 * inner `.` as %XX; also a letter or digit of a name that a file system would
 * confuse with another (upper case; CON, NUL and their kind on Windows). Above
 * 200 bytes cut, and `~` and 8 hexadecimal digits of the name's SHA-256 added.
 * Two names never share a file name, whatever their letter case.
 */
#ifndef FORMAT_FILENAME_H
#define FORMAT_FILENAME_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/err.h"

/* Appends the file name of the table, with ".sql" after it. */
int filename_add(struct buf *out, const char *table,
		 struct err *err) MUST_CHECK;

/* True if the name can stand in a snapshot: UTF-8 without control characters */
bool filename_is_possible(const char *table);

#endif
