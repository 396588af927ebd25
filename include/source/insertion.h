/*
 * INSERT INTO ... VALUES ... of a dump, read as data and never run: a table,
 * columns, and rows of values as `sqlite3 .dump`, `wrangler d1 export` and
 * git-d1 write them:
 *
 *	NULL, integers, reals in any form (1.0e+10, 9e999, -9.0e+999)
 *	'...', x'00ff', CAST(... AS TEXT), CAST(... AS BLOB)
 *	replace(..., '...', ...), char(10, ...), unistr('\u000a')
 *
 * with values in place of the dots. Anything else is an error, whose message
 * has no file and line.
 */
#ifndef SOURCE_INSERTION_H
#define SOURCE_INSERTION_H

#include <stdbool.h>
#include <stddef.h>

#include "model/row.h"
#include "model/sqltoken.h"
#include "util/arena.h"
#include "util/err.h"

struct insertion {
	const char *table;
	const char *const *columns; /* none: all that the table has */
	size_t ncolumns;

	/* of the reader */
	struct arena names;
	struct arena values; /* of the row last read */
	struct sqltokens tokens;
	struct value *cells;
	size_t cap;
	struct row row;
	bool ended;
};

void insertion_init(struct insertion *insertion);
void insertion_release(struct insertion *insertion);

/*
 * Begins to read the statement, whose text stays valid until the next one is
 * begun.
 */
int insertion_begin(struct insertion *insertion, const char *sql, size_t size,
		    struct err *err) MUST_CHECK;

/*
 * Reads the next row, NULL after the last one; it is valid until the next
 * call. Rows may have another number of cells than there are columns.
 */
int insertion_next(struct insertion *insertion, const struct row **row,
		   struct err *err) MUST_CHECK;

#endif
