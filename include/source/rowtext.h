/*
 * A row of D1 as one text, exact through a JSON reply that would round
 * integers, lose infinities and replace bytes that are not UTF-8.
 *
 * Each cell is one of
 *
 *	n			NULL
 *	i<digits>;		integer
 *	t<size>:<bytes>		text
 *	x<size>:<hex>		text of <size> bytes, in hexadecimal
 *	b<size>:<hex>		blob of <size> bytes
 *	r			real, finite: its value is a column of its own
 *	p m z			infinity, -infinity, -0.0
 *	f<a>,<b>,<c>;		real a + b/2^60 + c/2^120, where it has no
 *				column of its own
 *	R			the same, left out: it is too large or too
				small for f, or f would make the SQL too long
 *	T<size>; B<size>;	text or blob that is too big for the row's text
 *
 * What R, T and B leave out is read by further statements. A text in which
 * U+FFFD occurs may stand for other bytes, with another size: such a row is
 * read again in hexadecimal.
 */
#ifndef SOURCE_ROWTEXT_H
#define SOURCE_ROWTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/schema.h"
#include "model/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum {
	/* Bytes of a cell above which it is read by itself. A blob takes two
	 * characters a byte. D1 refuses values above 2,000,000 bytes. */
	ROWTEXT_BIG = 300000,
	/* Bytes of a cell above which a reply cannot be true: the engine of
	 * `wrangler dev` takes larger values than D1, but none of that size. */
	ROWTEXT_MOST = 64 << 20,
};

/* A cell of the row's text. */
struct rowtext_column {
	const char *sql; /* what reads it: a quoted name */
	enum affinity affinity;
	bool integer; /* it is never anything but an integer */
	bool whole;   /* however big it is: part of the page key */
	int native;   /* the reply's column for reals, -1 for none */
	bool split;   /* without one, reals come as f, not as R */
};

/*
 * Appends the expression that makes the text of a row. `big` is the limit in
 * bytes above which a cell is left out; `hex` asks for text as x<size>.
 */
void rowtext_add_sql(struct buf *sql, const struct rowtext_column *columns,
		     size_t count, size_t big, bool hex);

/* Appends the expression that tells how many bytes the row's cells have. */
void rowtext_add_width(struct buf *sql, const struct rowtext_column *columns,
		       size_t count);

enum rowtext_gap {
	GAP_NONE,
	GAP_REAL, /* R */
	GAP_BIG,  /* T, B: the value has its size, but no data */
};

/* Reads the text of a row. */
struct rowtext_reader {
	const char *at;
	const char *end;
	const char *replaced;  /* the first U+FFFD in it, or NULL */
	struct arena *arena;   /* for what hexadecimal stands for */
	const double *natives; /* by rowtext_column.native; NaN: no number */
	bool hex;	       /* text was asked for as x<size> */
};

/*
 * Starts at the text of a row; what it gets is borrowed. With `hex`, as in
 * rowtext_add_sql(), no value points into the row's text.
 */
void rowtext_begin(struct rowtext_reader *reader, const char *text, size_t size,
		   const double *natives, bool hex, struct arena *arena);

/*
 * Reads the next cell. Text points into the row's text, what came as
 * hexadecimal into the arena. A column that is to come whole has no gap.
 * Returns false, without an error, if the rest cannot be read because U+FFFD
 * stands in it.
 */
bool rowtext_next(struct rowtext_reader *reader,
		  const struct rowtext_column *column, struct value *value,
		  enum rowtext_gap *gap, struct err *err) MUST_CHECK;

/*
 * Decodes hexadecimal digits into the arena. Returns false, without an error,
 * if they are malformed.
 */
bool rowtext_unhex(char **bytes, const char *hex, size_t size,
		   struct arena *arena, struct err *err) MUST_CHECK;

#endif
