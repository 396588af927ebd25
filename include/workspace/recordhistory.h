/* Where the rows of a record (workspace/record.h) are in the history of git. */
#ifndef WORKSPACE_RECORDHISTORY_H
#define WORKSPACE_RECORDHISTORY_H

#include <stdbool.h>

#include "workspace/record.h"
#include "workspace/revision.h"

/* *is tells whether the record `ref` has the data that the commit has. */
int record_is_of(bool *is, const char *ref, const struct revision *commit,
		 struct err *err) MUST_CHECK;

/*
 * *is is false if there are rows in the record `ref` that no branch and no tag
 * holds, and neither `commit` nor what it grew from: then it is a snapshot that
 * was taken of the database, and is not committed. True if there is no record.
 */
int record_is_committed(bool *is, const char *ref,
			const struct revision *commit,
			struct err *err) MUST_CHECK;

#endif
