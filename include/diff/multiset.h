/*
 * The comparison of rows without a key: how many equal rows each side has.
 *
 * Rows are equal if the cells that both sides have are. Cells that one side
 * has alone are shown, but tell nothing apart. Of a masked cell only the digits
 * count that a placeholder has (diff/mask.h): values are told apart by 48 bits
 * then, and a row that holds a placeholder equals one that holds the mask.
 */
#ifndef DIFF_MULTISET_H
#define DIFF_MULTISET_H

#include <stdint.h>

#include "diff/change.h"
#include "source/source.h"

/* One side: rows ordered by the text of their identity cells. */
struct multiset_side {
	struct cursor *cursor; /* borrowed */
	const size_t *identity;
	const char *label; /* what messages call the side */
};

/* Is told of each group of rows that one side has more of; returns an enum
 * sink_answer or a negative error. */
typedef int multiset_tell_fn(void *context, struct change *change,
			     struct err *err);

/*
 * Compares the two sides, and counts equal rows into *unchanged. Returns the
 * last answer of `tell`, or a negative error.
 */
int multiset_compare(const struct multiset_side sides[2], size_t nidentity,
		     multiset_tell_fn *tell, void *context, uint64_t *unchanged,
		     struct err *err) MUST_CHECK;

#endif
