/*
 * What tells a row apart, and what it holds, as bytes: to find the same row
 * again in another version of its table.
 *
 * A row is told apart by its key: equal keys, equal bytes, as the collations of
 * the key have it. A row without a key, or with NULL in it, is told apart by
 * all that it holds.
 *
 * What a row holds are the cells that both sides of a pair have, but generated
 * ones, which follow from others. Of a mask only the digits count that a
 * placeholder has (diff/mask.h).
 */
#ifndef APPLY_ROWIDENTITY_H
#define APPLY_ROWIDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/pair.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/sha256.h"

/* The cells that count, and the key among them. */
struct row_identity {
	const struct table_pair *pair;
	const size_t *common; /* places among the pair's common cells */
	size_t ncells;
	const size_t *key; /* of the cells that count */
};

/* The pair is borrowed; the rest lives in `arena`. */
int row_identity_init(struct row_identity *identity,
		      const struct table_pair *pair, struct arena *arena,
		      struct err *err) MUST_CHECK;

/* The column behind a cell that counts. */
const struct column *row_identity_column(const struct row_identity *identity,
					 size_t cell);
bool row_identity_is_masked(const struct row_identity *identity, size_t cell);

/* Takes the cells that count out of a row of one side of the pair. */
void row_identity_take(const struct row_identity *identity, int side,
		       const struct row *row, struct value *cells);

/* True if the key tells a row with these cells apart. */
bool row_identity_has_key(const struct row_identity *identity,
			  const struct value *cells);

/* Appends the bytes that tell the row apart. */
void row_identity_add(const struct row_identity *identity, struct buf *out,
		      const struct value *cells);

/* The digest of all that the row holds; `text` is what it works with. */
int row_identity_digest(const struct row_identity *identity,
			char hex[SHA256_HEX_SIZE], const struct value *cells,
			struct buf *text, struct err *err) MUST_CHECK;

#endif
