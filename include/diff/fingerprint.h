/*
 * Fingerprints: do two sides hold the same rows in a range of keys? One side
 * is a SQLite that can only be sent a SELECT (D1; diff/fingerprint_sql.h),
 * the other hands out its rows. The answer takes some tens of bytes a range.
 *
 * Of the code of each row (diff/rowcode.h) two hashes are taken, modulo two
 * primes. Two such hashes of the key tie what stands
 * in a row to the row it stands in. The fingerprint of a range is the two sums
 * over its rows of key hash^3 * row hash.
 *
 * Rows that differ have equal fingerprints with a probability of 2^-58 if it
 * is one row, below 2^-56 if there are up to four. It is no content id: it
 * says nothing under other weights, and nothing to one who knows the weights.
 *
 * A row is unknown if it cannot be told apart by these means: its text has
 * more chunks than are taken, a real is not 0 and outside 2^-67 <= |x| < 2^62,
 * or a cell does not fit the form of its column. A range with such rows is
 * never equal: its rows must be fetched.
 */
#ifndef DIFF_FINGERPRINT_H
#define DIFF_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diff/rowcode.h"
#include "source/source.h"
#include "util/compiler.h"
#include "util/err.h"

enum {
	/* How many chunks of texts are taken at most: 387 and 144 bytes. */
	FINGERPRINT_ROW_CHUNKS = 86,
	FINGERPRINT_KEY_CHUNKS = 32,
	/* Both together: what fits D1's 100 columns. */
	FINGERPRINT_CHUNKS = 98,
};

/* The form of a column that has these affinities on the two sides. */
enum fingerprint_form fingerprint_form_of(enum affinity one,
					  enum affinity other);

/*
 * What is compared. Both sides use the same one, but for the scan, which may
 * name another table.
 *
 * The rows are those of the scan, which is SCAN_KEYED and has no `only`. They
 * fall into nbounds + 1 groups: group g holds the keys above bound g - 1, up
 * to and including bound g, in the scan's order. So the rows of a group are
 * those of the same scan with these two bounds as its range, and
 * every row is in one group. Bounds are keys of the side that hands out rows.
 */
struct fingerprint {
	const struct scan *scan;
	const enum fingerprint_form *forms; /* of the scan's cells */
	const struct value *bounds; /* ascending, scan->nkey cells each */
	size_t nbounds;
	size_t row_chunks; /* at least 1; fewer are faster */
	size_t key_chunks; /* at least 1; an integer key needs none */
};

/*
 * True if the key is hashed as a number: it is one column of the form
 * FINGERPRINT_INTEGER. A text or blob in it makes the row unknown.
 */
bool fingerprint_has_integer_key(const struct fingerprint *fingerprint);

/* Numbers below 2^30. They belong to one run: never stored, never reused. */
struct fingerprint_weights {
	/* for each prime: the constant, the low halves, the high halves */
	uint32_t row[2][1 + 2 * FINGERPRINT_ROW_CHUNKS];
	/* a key of FINGERPRINT_INTEGER uses four: the constant, three parts */
	uint32_t key[2][1 + 2 * FINGERPRINT_KEY_CHUNKS];
};

/* Draws weights from the system's random source. */
int fingerprint_draw(struct fingerprint_weights *weights,
		     struct err *err) MUST_CHECK;

/* The fingerprint of one group. All zero is that of no rows. */
struct fingerprint_sum {
	uint64_t rows;
	uint64_t unknown; /* rows of it; the sums mean nothing if any */
	uint64_t sums[2];
};

/* True if the groups hold the same rows, as far as a fingerprint tells. */
bool fingerprint_equal(const struct fingerprint_sum *a,
		       const struct fingerprint_sum *b);

/*
 * Adds the row to the sum of its group. The order of the rows does not matter.
 * Up to 2^32 rows may be added to one sum.
 */
void fingerprint_add(struct fingerprint_sum *sum,
		     const struct fingerprint *fingerprint,
		     const struct fingerprint_weights *weights,
		     const struct row *row);

/*
 * Raises row_chunks and key_chunks to what the row needs, as far as they may
 * go; if both together may not, it is row_chunks that yields. So a fingerprint
 * that starts with one of each and has seen all rows, or a sample of them, has
 * as many as it should.
 */
void fingerprint_fit_chunks(struct fingerprint *fingerprint,
			    const struct row *row);

#endif
