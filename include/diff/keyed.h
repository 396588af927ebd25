/*
 * The comparison of rows with a key: a merge of two streams in key order.
 *
 * Opening asks for rows: what is remote is under way then, while another table
 * is compared. For a large table it first finds out which ranges differ
 * (diff/ranges.h), and waits for that.
 */
#ifndef DIFF_KEYED_H
#define DIFF_KEYED_H

#include "diff/compare.h"
#include "diff/keymark.h"
#include "diff/ranges.h"

/* A stream of rows of one side in key order, one row ahead. */
struct keyed_side {
	struct scan scan;
	struct cursor *cursor;
	const struct row *row;	  /* NULL after the last one */
	struct key_mark previous; /* the row before */
};

struct keyed {
	const struct comparison *comparison;
	const struct table_pair *pair;
	struct key_ranges ranges;
	struct keyed_side sides[2];
};

/* Is told of each row that differs; returns an enum sink_answer or an error. */
typedef int keyed_tell_fn(void *context, struct change *change,
			  struct err *err);

/*
 * Opens the rows of a pair with a key. Both are borrowed. The caller closes it,
 * after an error too.
 */
int keyed_open(struct keyed *keyed, const struct comparison *comparison,
	       const struct table_pair *pair, struct err *err) MUST_CHECK;
void keyed_close(struct keyed *keyed);

/* Reads the first row of each side: what cannot be read shows here. */
int keyed_start(struct keyed *keyed, struct err *err) MUST_CHECK;

/*
 * Compares the rows, and counts equal ones into *unchanged. Returns the last
 * answer of `tell`, or an error.
 */
int keyed_compare(struct keyed *keyed, keyed_tell_fn *tell, void *context,
		  uint64_t *unchanged, struct err *err) MUST_CHECK;

#endif
