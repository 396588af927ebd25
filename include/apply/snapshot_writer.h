/*
 * Writes the snapshot of a source: schema.sql, triggers.sql and a data file
 * for each table that is tracked. The same rows give the same files, byte for
 * byte, whatever the source is.
 */
#ifndef APPLY_SNAPSHOT_WRITER_H
#define APPLY_SNAPSHOT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/pair.h"
#include "source/source.h"
#include "util/err.h"
#include "util/filesink.h"
#include "util/filetree.h"

/* A file of the snapshot. Its path is below the snapshot's folder. */
struct snapshot_file {
	const char *path;
	const char *table; /* NULL: definitions, or a file that is gone */
	enum file_news news;
	uint64_t rows;
	uint64_t bytes;
};

/* What is written, and who is told. All of it is borrowed. */
struct snapshot_writing {
	struct source *source;
	const char *label; /* of the source, for messages */
	/* whether a table is tracked, and its rules, as in a comparison */
	bool (*tracked)(void *context, const char *table);
	int (*rules)(void *context, const char *table,
		     const struct pair_rules **rules, struct err *err);
	/* told of each file; NULL: nobody */
	void (*wrote)(void *context, const struct snapshot_file *file);
	void *context;
	/*
	 * The snapshot that was there before, NULL for none. What is masked in
	 * it stays masked where the source, which was restored from it, has
	 * placeholders.
	 */
	struct source *before;
};

/*
 * Writes the files to the sink, which the caller publishes, after it has made
 * sure that the source stood still meanwhile. A file of `old` that does not
 * belong to the snapshot any more is removed; NULL: there are none.
 *
 * D1_EREFUSED for a table that is tracked and cannot be written: by its name,
 * because there is no mask key, or because a key of the user's choice is not
 * unique.
 */
int snapshot_write(const struct snapshot_writing *writing,
		   struct filesink *sink, struct filetree *old,
		   struct err *err) MUST_CHECK;

#endif
