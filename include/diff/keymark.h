/*
 * The key of a row, kept after the row is gone: to see that the rows of a
 * stream come in order.
 */
#ifndef DIFF_KEYMARK_H
#define DIFF_KEYMARK_H

#include <stdbool.h>
#include <stddef.h>

#include "model/row.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

/* How keys are found in a row and compared. Borrowed. */
struct key_order {
	const size_t *cells; /* of the key, in the row */
	const enum collation *collations;
	size_t count;
};

struct key_mark {
	struct value *values;
	struct buf bytes;
	bool set; /* a key is kept */
};

/* Makes a mark for keys of `count` values, which live in `arena`. */
int key_mark_init(struct key_mark *mark, size_t count, struct arena *arena,
		  struct err *err) MUST_CHECK;
void key_mark_release(struct key_mark *mark);

/* Keeps the key of the row in place of the one before. */
int key_mark_set(struct key_mark *mark, const struct key_order *order,
		 const struct row *row, struct err *err) MUST_CHECK;

/* Compares the key that is kept with that of the row, as value_compare(). */
int key_mark_compare(const struct key_mark *mark, const struct key_order *order,
		     const struct row *row);

/* Compares the keys of two rows with the cells at the same places. */
int key_compare(const struct key_order *order, const struct row *a,
		const struct row *b);

#endif
