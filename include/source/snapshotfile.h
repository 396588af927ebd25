/* A data file of a snapshot, and how it fits the table that it is of. */
#ifndef SOURCE_SNAPSHOTFILE_H
#define SOURCE_SNAPSHOTFILE_H

#include <stdbool.h>

#include "format/datafile.h"
#include "model/schema.h"
#include "source/filerows.h"
#include "source/scratch.h"
#include "util/arena.h"
#include "util/err.h"

struct snapshotfile {
	const char *path;	/* in its tree: "data/lines.sql" */
	struct filerows layout; /* the table's columns in the file */
	bool needed;		/* its rows are to be loaded, or are */
	bool loaded;		/* they are in the scratch database */
};

/*
 * Reads the table that the header names, as it is in the file, into *table:
 * `defined` but for what the file does not hold or masks. `file->path` is set;
 * the layout is made. All of it is in the arena or borrowed from `defined`.
 * NULL for `defined` is a table that is not defined. Errors name file and line.
 */
int snapshotfile_fit(struct snapshotfile *file, struct table *table,
		     const struct table *defined,
		     const struct datafile_header *header, struct arena *arena,
		     struct err *err) MUST_CHECK;

/*
 * Loads the rows of the open data file into the table of the scratch database.
 * A row that the table does not take, such as one that repeats a key, is an
 * error with file and line.
 */
int snapshotfile_load(const struct snapshotfile *file,
		      const struct table *table, struct datafile *rows,
		      struct scratch *scratch, struct err *err) MUST_CHECK;

/*
 * The same row by row, as they stand in the file; `number` tells the rows
 * apart where a column that the file lacks needs a value. Everything is
 * borrowed until it is closed; NULL may be closed.
 */
struct snapshotfile_load;
int snapshotfile_load_open(struct snapshotfile_load **load,
			   const struct snapshotfile *file,
			   const struct table *table, struct scratch *scratch,
			   struct err *err) MUST_CHECK;
int snapshotfile_load_row(struct snapshotfile_load *load, const struct row *row,
			  uint64_t number, struct err *err) MUST_CHECK;
void snapshotfile_load_close(struct snapshotfile_load *load);

#endif
