/*
 * Values whose storage class is not what the declared type of their column
 * suggests: a text in an INTEGER column, which SQLite takes, and which code
 * does not expect; a number in a STRING column, which was a text with zeros
 * before it once.
 *
 *	INTEGER, INT, BIGINT, ...	integers
 *	BOOL, BOOLEAN			integers
 *	REAL, FLOAT, DOUBLE		numbers
 *	NUMERIC, DECIMAL		numbers
 *	TEXT, CHAR, VARCHAR, CLOB	texts
 *	STRING				texts, though SQLite makes numbers
 *	DATE, TIME, DATETIME, TIMESTAMP	texts and numbers
 *	BLOB				blobs
 *	others, and none		anything
 *
 * NULL is never found. Columns that are generated, masked or unreadable are
 * passed over.
 */
#ifndef DIFF_TYPELINT_H
#define DIFF_TYPELINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/namelist.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"

enum { TYPELINT_SHOWN = 3 };

/* The values of one class in a column. All strings are in the arena. */
struct typelint_finding {
	const char *table;
	const char *column;
	const char *declared;		   /* the type */
	enum value_type found;		   /* what there is instead */
	uint64_t count;			   /* of the rows that have it */
	const char *shown[TYPELINT_SHOWN]; /* the first values, as literals */
	size_t nshown;
};

struct typelint {
	struct arena arena;
	struct typelint_finding *findings; /* by table, column, class */
	size_t count;
	size_t cap;
	uint64_t rows; /* that were looked at */
};

/* Makes an empty one, which the caller releases. */
void typelint_init(struct typelint *lint);
void typelint_release(struct typelint *lint);

/*
 * Reads all rows of a table and adds what is found. Nothing for one that holds
 * no rows of its own, or whose columns can hold nothing unexpected: no row is
 * read then. Columns that `masked` names (NULL: none) are passed over as well.
 * Memory does not grow with the table.
 */
int typelint_table(struct typelint *lint, struct source *source,
		   const struct table *table, const struct name_list *masked,
		   struct err *err) MUST_CHECK;

/* "integer", "real", "text", "blob", "null" */
const char *typelint_class(enum value_type type);

#endif
