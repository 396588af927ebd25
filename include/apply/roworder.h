/*
 * Whether the rows of a data file stand in its order: ascending by key under
 * its collation, NULL first; ties, and files without a key, by the bytes of
 * the line.
 */
#ifndef APPLY_ROWORDER_H
#define APPLY_ROWORDER_H

#include <stddef.h>
#include <stdint.h>

#include "diff/keymark.h"
#include "model/row.h"
#include "util/buf.h"
#include "util/err.h"

enum row_place {
	ROW_AFTER,    /* where it belongs; any first row */
	ROW_BEFORE,   /* it belongs before the row before it */
	ROW_SAME_KEY, /* it has the key of the row before it, no NULL in it */
	ROW_REPEATED, /* besides, it is that row, byte for byte */
};

struct roworder {
	struct key_order key; /* no values: the file has no key */
	struct key_mark mark;
	struct buf text; /* of the row before, if `any` */
	bool any;
};

/* The cells and collations of the key are borrowed; memory is of the arena. */
int roworder_init(struct roworder *order, const size_t *key,
		  const enum collation *collations, size_t nkey,
		  struct arena *arena, struct err *err) MUST_CHECK;
void roworder_release(struct roworder *order);

/*
 * Finds the place of the row, whose line is `text`, against the one before,
 * and keeps it for the next.
 */
int roworder_next(struct roworder *order, const struct row *row,
		  const char *text, size_t size, enum row_place *place,
		  struct err *err) MUST_CHECK;

#endif
