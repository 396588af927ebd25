/*
 * What an SQL condition reads, before it is asked of rows: a snapshot holds
 * some of the tables, and some of their columns, and a condition on what it
 * does not hold would quietly give another answer than elsewhere.
 */
#ifndef SOURCE_CONDITION_H
#define SOURCE_CONDITION_H

#include "model/schema.h"
#include "util/err.h"

struct sqlite3;

/*
 * Is told of each column that is read, "" for a table as a whole; a column may
 * come several times. An error of it ends the check.
 */
typedef int condition_read_fn(void *context, const char *table,
			      const char *column, struct err *err);

/*
 * Tells what `where` reads on the rows of the table, in a database where the
 * table is. What SQLite does not take as a condition is D1_ERROR.
 */
int condition_check(struct sqlite3 *db, const struct table *table,
		    const char *where, condition_read_fn *use, void *context,
		    struct err *err) MUST_CHECK;

#endif
