/*
 * Temporary files in the folders of a snapshot, which take the place of others
 * when they are complete. What a run that was killed has left of them is
 * removed by a later one, when nobody else is at work there.
 */
#ifndef UTIL_TEMPORARY_H
#define UTIL_TEMPORARY_H

#include <stdbool.h>

enum { TEMPORARY_SIZE = 32 }; /* bytes of a name, and a NUL */

/*
 * Makes a file in the open folder `dir`, under a name that nobody has, with
 * the mode of any new file. *fd is open for writing. False with errno if that
 * fails; then *name is '\0'.
 */
bool temporary_make(int *fd, char name[TEMPORARY_SIZE], int dir);

/*
 * Begins work in the open folder `top` and those right below it, which lasts
 * until the descriptor is closed, also by the death of the process. If nobody
 * else works there now, temporary files of before are removed, as far as that
 * is possible.
 */
void temporary_begin(int top);

#endif
