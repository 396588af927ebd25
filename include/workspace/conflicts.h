/* The conflicts of a data file, and taking a side in them. */
#ifndef WORKSPACE_CONFLICTS_H
#define WORKSPACE_CONFLICTS_H

#include <stdbool.h>
#include <stddef.h>

#include "format/conflictfile.h"
#include "format/datafile.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"
#include "workspace/keyvalues.h"

struct conflict {
	const char *label; /* "city='berlin' ref='M44'", "line 12" */
	bool has_row;	   /* the label is the key of one */
	bool more;	   /* there are others in it */
	bool chosen;
};

/*
 * Appends what a conflict about this row is called: its key, or all of its
 * cells if the table has none.
 */
void conflict_add_label(struct buf *label, const struct datafile_header *header,
			const struct row *row);

struct conflicts {
	const char *path;	/* borrowed */
	const char *shown_path; /* in messages; borrowed */
	/* of the file; nothing if that itself is in conflict */
	struct datafile_header header;
	bool has_header;
	struct conflict *items;
	size_t count;
	size_t capacity;
	size_t nchosen;
	struct arena arena;
};

/*
 * Reads the file and finds its conflicts. Those that hold a row with the key
 * are chosen; all if `key` is NULL. A number in the key may be the text it is
 * written as. The caller releases it, after an error too.
 */
int conflicts_find(struct conflicts *conflicts, const char *path,
		   const char *shown_path, const struct key_values *key,
		   struct err *err) MUST_CHECK;
void conflicts_release(struct conflicts *conflicts);

/*
 * Writes the file anew: what `side` has in place of each chosen conflict, all
 * else as it is.
 */
int conflicts_take(const struct conflicts *conflicts, enum conflict_part side,
		   struct err *err) MUST_CHECK;

#endif
