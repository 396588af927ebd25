/*
 * The hash of a table's changes that the mail of a patch names, made of the
 * hunks as they are applied: a patch holds parts of long texts only, so that
 * it cannot be checked before the rows are known.
 */
#ifndef APPLY_HUNKDIGEST_H
#define APPLY_HUNKDIGEST_H

#include <stdbool.h>

#include "apply/hunkrow.h"
#include "diff/changejson.h"
#include "model/row.h"
#include "util/arena.h"
#include "util/err.h"

struct hunk_digest {
	bool wanted; /* false: there is nothing to check, or no more */
	struct change_digest digest;
	struct change_cell *cells[2];
	struct change_cell *key;
	size_t cap;
};

/*
 * Begins with a table. `recount` if the patch was edited, and nothing is to be
 * checked. The caller releases it, after an error too.
 */
int hunk_digest_begin(struct hunk_digest *self, const struct hunk_table *table,
		      bool recount, struct err *err) MUST_CHECK;
void hunk_digest_release(struct hunk_digest *self);

/*
 * Adds a hunk whose row is known: `row` has the values of the hunk's cells as
 * they are on the side `side`; NULL if the hunk holds them all.
 */
int hunk_digest_add(struct hunk_digest *self, const struct hunk_row *hunk,
		    const struct row *row, int side, struct arena *arena,
		    struct err *err) MUST_CHECK;

/* A hunk that does not apply: the hash cannot be made. */
void hunk_digest_give_up(struct hunk_digest *self);

/* D1_ERROR if the hash is another. */
int hunk_digest_check(struct hunk_digest *self, const struct hunk_table *table,
		      struct err *err) MUST_CHECK;

#endif
