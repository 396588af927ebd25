/*
 * A snapshot as a source: schema.sql, triggers.sql and data/<table>.sql below
 * the top of a tree of files.
 *
 * Rows are read straight from the files, in the files' order. What the order
 * of a file does not answer (another key, an SQL condition) is answered by a
 * private database that the rows are loaded into, outside memory.
 *
 * Its schema holds the tables that have a file, schema->partial is set, and
 * columns that are not in the file are missing there: unreadable, with the
 * reason.
 */
#ifndef SOURCE_SNAPSHOT_H
#define SOURCE_SNAPSHOT_H

#include "format/datafile.h"
#include "source/source.h"
#include "util/filetree.h"

/*
 * Opens the snapshot whose files are in `tree`, which is taken, also if this
 * fails. `name` is what messages call the snapshot. A tree without schema.sql
 * is no snapshot: D1_ENOTFOUND.
 */
int snapshot_open(struct source **source, struct filetree *tree,
		  const char *name, struct err *err) MUST_CHECK;

/*
 * Opens the data file of a table of the source that snapshot_open() made, for
 * who wants the rows as they stand there.
 */
int snapshot_open_table(struct datafile **file, struct source *source,
			const struct table *table, struct err *err) MUST_CHECK;

#endif
