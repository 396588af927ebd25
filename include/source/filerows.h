/*
 * Rows of a data file as a scan asks for them, read straight from the file:
 * no database is needed for what the file's own order answers, or a filter.
 */
#ifndef SOURCE_FILEROWS_H
#define SOURCE_FILEROWS_H

#include <stdbool.h>

#include "format/datafile.h"
#include "model/schema.h"
#include "source/source.h"

/* How a table lies in its file. Everything is borrowed. */
struct filerows {
	const size_t *columns; /* position in the table of each cell */
	size_t ncolumns;
	struct key key; /* the file's order, as positions in the table */
};

/*
 * True if the file answers the scan: its order is the one that is asked for,
 * or none is, or all rows that are asked for have the same key. Else, and for
 * an SQL condition, the rows must be loaded into a database.
 */
bool filerows_answers(const struct filerows *layout, const struct scan *scan);

/*
 * Makes a cursor over the rows of the file, which is taken, also if this
 * fails, for a scan that it answers and whose columns are all in the file. The
 * order of the file is taken at its word. `layout` and what it points to stay
 * valid while the cursor is open. Where all cells are wanted in the order in
 * which they stand, a row is passed on as it was read.
 */
int filerows_scan(struct cursor **cursor, struct datafile *file,
		  const struct filerows *layout, const struct scan *scan,
		  struct err *err) MUST_CHECK;

#endif
