/*
 * The rows of a table in the order of a snapshot file: ascending by key under
 * its collation, NULL first; ties, and tables without a key, by the bytes of
 * the row's line.
 */
#ifndef SOURCE_FILEORDER_H
#define SOURCE_FILEORDER_H

#include "source/source.h"

/*
 * What opens the cursors of a table: as source_scan(), perhaps with something
 * around it. The scan is a copy for this call, which stays where it is while
 * the cursor is open.
 */
struct fileorder_rows {
	int (*open)(void *context, struct cursor **cursor, struct scan *scan,
		    struct err *err);
	void *context;
};

/*
 * Opens a cursor over all rows of `scan`, whose `rows` and `by_key` are not
 * looked at. The scan is borrowed while the cursor is open.
 */
int fileorder_open(struct cursor **cursor, const struct fileorder_rows *rows,
		   const struct scan *scan, struct err *err) MUST_CHECK;

#endif
