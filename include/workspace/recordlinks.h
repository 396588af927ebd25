/*
 * Files of a snapshot that wait for their commit as hard links, beside a note
 * of their size and time: an editor that writes in place changes the link as
 * well. For src/workspace/record.c.
 */
#ifndef WORKSPACE_RECORDLINKS_H
#define WORKSPACE_RECORDLINKS_H

#include <stdbool.h>

#include "util/err.h"
#include "util/filetree.h"

/*
 * Links the snapshot's files, which are in the folder `folder`, to the folder
 * `path`, which is made and lies in `made`; the note is `made`/stat. *done is
 * false where that cannot be, as on another file system, or where a change that
 * comes at once might not be told by the time of the file.
 */
int recordlinks_make(bool *done, const char *made, const char *path,
		     const char *folder, struct filetree *files,
		     struct err *err) MUST_CHECK;

/*
 * *same is false if one of the files in `folder`/`name` is not as the note
 * `folder`/stat says. Without a note they are copies.
 */
int recordlinks_check(bool *same, const char *folder, const char *name,
		      struct err *err) MUST_CHECK;

#endif
