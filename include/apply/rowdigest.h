/*
 * A digest of cells that many rows of D1 hold: so a statement tells whether
 * they are as they should be without carrying what they hold.
 *
 * Of each row's code (diff/rowcode.h), cut into blocks, two hashes are taken
 * modulo two primes, and summed up under a weight for the row's place and one
 * for the block's. All weights are drawn anew for each statement, and nobody
 * knows them before it is sent. That one or more rows are not as they should
 * be, and the digest does not tell, has a probability of 2^-56 at most, however
 * many they are and whatever they hold.
 *
 * What it cannot tell is not taken: reals that have no code, cells that do not
 * fit the affinity of their column, and very long rows.
 */
#ifndef APPLY_ROWDIGEST_H
#define APPLY_ROWDIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "model/schema.h"
#include "util/buf.h"

struct row_digest;

/*
 * A digest of cells of the OLD or the NEW rows of changes. `stored` is the
 * table as the remote database defines it; all but `cells` is borrowed. NULL
 * without an error if these cells are too many for a statement, or none.
 */
int row_digest_open(struct row_digest **digest,
		    const struct changed_table *table,
		    const struct table *stored, const size_t *cells,
		    size_t ncells, int side, struct err *err) MUST_CHECK;
void row_digest_close(struct row_digest *digest);

/* True if the digest can tell what the row holds. */
bool row_digest_takes(struct row_digest *digest,
		      const struct row_change *change);

/* Adds the row that row_digest_takes() was asked about last. */
void row_digest_add(struct row_digest *digest);

/* True if no more rows can be added. */
bool row_digest_is_full(const struct row_digest *digest);

/*
 * Appends a condition: the rows that `rows` selects are as they were added.
 * `rows` selects the row's place as g and its cells as q0, q1, ...:
 * row_digest_add_columns() appends ",t.a AS q0" and so on.
 */
void row_digest_add_sql(struct buf *sql, const struct row_digest *digest,
			const char *rows);
void row_digest_add_columns(struct buf *sql, const struct row_digest *digest,
			    const char *table);

/* How many bytes of SQL it comes to at most, but for `rows`. */
size_t row_digest_sql_size(const struct row_digest *digest);

/* Forgets the rows, and draws other weights. */
int row_digest_clear(struct row_digest *digest, struct err *err) MUST_CHECK;

#endif
