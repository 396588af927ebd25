/*
 * The hunks of a table about rows without a key: collected outside memory, in
 * whatever order they come, and held against the table's rows in one pass.
 */
#ifndef APPLY_UNKEYEDHUNKS_H
#define APPLY_UNKEYEDHUNKS_H

#include <stdint.h>

#include "format/patch.h"
#include "model/row.h"
#include "source/source.h"
#include "util/err.h"

struct unkeyed_hunks;

/* A hunk that was collected; valid for the call that it is handed to. */
struct unkeyed_hunk {
	/* without cells, key and label */
	struct patch_hunk hunk;
	struct row row; /* the row that it is about, cells as in the scan */
	uint64_t found; /* how many of these rows there are */
};

typedef int unkeyed_hunk_fn(void *context, const struct unkeyed_hunk *hunk,
			    struct err *err);

/*
 * `scan` tells what the cells of rows are, and which of them make two rows the
 * same (identity). It is borrowed until unkeyed_hunks_close(), which takes
 * NULL, too.
 */
int unkeyed_hunks_open(struct unkeyed_hunks **hunks, const struct scan *scan,
		       struct err *err) MUST_CHECK;
void unkeyed_hunks_close(struct unkeyed_hunks *hunks);

/*
 * Copies the hunk, which is about `row`. D1_ERROR, which names the other's
 * line, if there is a hunk about that row already.
 */
int unkeyed_hunks_add(struct unkeyed_hunks *hunks,
		      const struct patch_hunk *hunk, const struct row *row,
		      struct err *err) MUST_CHECK;

/*
 * Reads the rows of the table that no key finds, once, and hands each hunk to
 * `use`, in the order of their rows' bytes. An error of `use` ends it.
 */
int unkeyed_hunks_count(struct unkeyed_hunks *hunks, struct source *source,
			unkeyed_hunk_fn *use, void *context,
			struct err *err) MUST_CHECK;

#endif
