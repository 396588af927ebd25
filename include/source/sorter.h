/*
 * Puts rows into an order that their source cannot deliver: that of the bytes
 * of their text (model/row.h). The rows go through a temporary SQLite database
 * outside memory, which is gone when the cursor is closed.
 */
#ifndef SOURCE_SORTER_H
#define SOURCE_SORTER_H

#include "source/source.h"

/*
 * Reads all rows of `unsorted`, which it closes in any case, and makes a
 * cursor that delivers them by the text of the `identity` cells, rows alike in
 * those by the text of all cells; with scan->by_key by the key before that.
 */
int sorter_open(struct cursor **cursor, struct cursor *unsorted,
		const struct scan *scan, struct err *err) MUST_CHECK;

#endif
