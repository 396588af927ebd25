/*
 * Brings the data files of a snapshot back into the form in which git-d1
 * writes them, after a text merge or an editor: order, literals, head.
 */
#ifndef APPLY_SNAPSHOT_ORDER_H
#define APPLY_SNAPSHOT_ORDER_H

#include <stdint.h>

#include "apply/problem.h"
#include "util/err.h"
#include "util/filesink.h"
#include "util/filetree.h"

/* A file that was written anew. */
struct ordered_file {
	const char *path;
	uint64_t rows;
	uint64_t dropped; /* rows that stood there twice, byte for byte */
};

/* All of it is borrowed. */
struct snapshot_ordering {
	struct filetree *tree;
	struct filesink *sink; /* the caller publishes it */
	/* told of each file that was written */
	void (*wrote)(void *context, const struct ordered_file *file);
	/* told of what is left for a person to mend */
	void (*tell)(void *context, const struct problem *problem);
	void *context;
};

/*
 * Writes each file that is not in that form to the sink. Its rows stay, but
 * for one that repeats another in a table with a key. What is no row, what
 * does not fit schema.sql, or stands between conflict markers, is a problem,
 * and leaves the file as it is; two rows with one key are a problem, and both
 * stay; its line counts in the file as it is after publishing. *problems is
 * how many there are. Files that cannot be read are an error; D1_ENOTFOUND if
 * there is no snapshot at all.
 */
int snapshot_order(const struct snapshot_ordering *ordering, uint64_t *problems,
		   struct err *err) MUST_CHECK;

#endif
