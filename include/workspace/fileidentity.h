/* What tells a database file from every other one that ever stood at its path.
 */
#ifndef WORKSPACE_FILEIDENTITY_H
#define WORKSPACE_FILEIDENTITY_H

#include "util/err.h"

/* 16 digits, and a NUL. */
enum { FILE_IDENTITY_SIZE = 17 };

/*
 * The beginning of the SHA-256 of the file's path, device and inode, and of
 * when it was made, where the file system knows that: a file that takes the
 * place of a deleted one often gets its inode. `owner` goes before them, if it
 * is not NULL. The file is there.
 */
int file_identity(char digits[FILE_IDENTITY_SIZE], const char *owner,
		  const char *path, struct err *err) MUST_CHECK;

#endif
