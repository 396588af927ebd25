/*
 * Cells as D1 is sent them: many rows in one JSON text, which the engine takes
 * apart with json_each(), so that every value arrives bit for bit and no byte
 * of one stands in SQL.
 *
 *	null, 42		NULL and integers
 *	"text" 'text'		text that is UTF-8 without NUL
 *	["x","hex"]		other text
 *	["b","hex"]		blob
 *	0.5			real that any engine reads from so few digits
 *	["r",m,e]		other real: m * 2^e
 *	["t",n] ["c",n]		text or blob that was sent ahead in pieces
 *
 * A text in a parameter, which is JSON's itself, stands between single quotes
 * (JSON5): these cost no backslash there.
 */
#ifndef APPLY_JSONCELL_H
#define APPLY_JSONCELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/value.h"
#include "util/buf.h"

/* What occurs among the cells of one place in all rows: bits. */
enum cell_form {
	CELL_SPECIAL = 1 << 0, /* an array, but in pieces */
	CELL_STAGED = 1 << 1,  /* in pieces */
	CELL_ZERO = 1 << 2,    /* 0.0 or -0.0 */
};

/*
 * Appends the cell and adds its form to *forms. With `literal` it is a part of
 * an SQL literal between single quotes, else of a parameter.
 */
void jsoncell_add(struct buf *json, const struct value *value, bool literal,
		  unsigned int *forms);

/* Appends the cell for a value that was sent ahead as number `n`. */
void jsoncell_add_staged(struct buf *json, const struct value *value,
			 uint64_t n, unsigned int *forms);

/*
 * Appends the expression for cell `n` of the row that json_each() calls j.
 * `stage` is the quoted name of the table that holds pieces.
 */
void jsoncell_add_decode(struct buf *sql, size_t n, unsigned int forms,
			 const char *stage);

/*
 * Appends a condition: the stored column `a` and the decoded `x` are the same
 * value, bit for bit, whatever the column's affinity and collation.
 */
void jsoncell_add_same(struct buf *sql, const char *a, const char *x,
		       unsigned int forms);

#endif
