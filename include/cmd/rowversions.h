/*
 * One row in many commits: which of them hold the same version of it. Each
 * version of the table's file is read once, and not at all if it is the file
 * of a commit that was looked at before.
 */
#ifndef CMD_ROWVERSIONS_H
#define CMD_ROWVERSIONS_H

#include <stdbool.h>

#include "cmd/rowsearch.h"

struct row_versions;

/* Everything is borrowed; `path` is that of the table's file. */
int row_versions_open(struct row_versions **versions,
		      const struct row_wanted *wanted, const char *path,
		      struct err *err) MUST_CHECK;

enum row_relation {
	ROW_UNSURE, /* the schema changed, or a file cannot be read */
	ROW_SAME,   /* or in neither of them */
	ROW_OTHER,  /* or in one of them only */
};

/*
 * Tells how the row is in one commit, seen from another; NULL is a commit
 * without rows. Where it is not sure, the commits have to be compared.
 */
int row_versions_relate(struct row_versions *versions, const char *from,
			const char *to, enum row_relation *relation,
			struct err *err) MUST_CHECK;

/* NULL is allowed. */
void row_versions_close(struct row_versions *versions);

#endif
