/* A row: the cells that were asked for, in the order they were asked for. */
#ifndef MODEL_ROW_H
#define MODEL_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

struct row {
	const struct value *cells;
	size_t ncells;
};

/* True if all cells, of which both have as many, are value_equal(). */
bool row_equal(const struct row *a, const struct row *b);

/* Copies the row, all of it into the arena. */
int row_copy(struct row *copy, const struct row *row, struct arena *arena,
	     struct err *err) MUST_CHECK;

/*
 * Appends the literals of the cells at `positions`, with commas between them
 * and `);` after them, as a snapshot ends a line: the text by whose bytes rows
 * without a key are ordered and told apart.
 */
void row_add_line(struct buf *out, const struct row *row,
		  const size_t *positions, size_t count);

/*
 * Appends the row as bytes that only row_unpack() reads, on the same machine.
 * Rows have the same bytes exactly if they are row_equal().
 */
void row_pack(struct buf *out, const struct row *row);

/* Takes the cells back, of which there are as many; they borrow of `data`. */
void row_unpack(struct value *cells, size_t ncells, const char *data);

#endif
