/*
 * Replays of migrations against what a database defines. For
 * src/migrate/drift.c, which says what the names in it mean.
 */
#ifndef MIGRATE_DRIFTREPLAY_H
#define MIGRATE_DRIFTREPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "migrate/drift.h"
#include "schema/objectcompare.h"

struct driftreplay {
	const struct drift_question *question;
	const struct pastfiles *versions; /* NULL: not read */
	/* for each of the ledger: what it is replayed with instead */
	const struct pastversion **replaced;
	size_t count;
};

int driftreplay_init(struct driftreplay *self,
		     const struct drift_question *question,
		     struct err *err) MUST_CHECK;
void driftreplay_release(struct driftreplay *self);

/* Replays migration `i` of the ledger with that content; NULL: its own. */
void driftreplay_replace(struct driftreplay *self, size_t i,
			 const struct pastversion *version);

/* *same tells whether the applied migrations lead to what is live. */
int driftreplay_applied(struct driftreplay *self, bool *same,
			struct err *err) MUST_CHECK;

/* What of the first `most` files leads to what is live; see drift_match(). */
int driftreplay_match(struct driftreplay *self, struct drift_place *place,
		      size_t most, struct err *err) MUST_CHECK;

/*
 * Tells how what is live (`one`) differs from what the applied migrations make,
 * or all of them if there is no ledger.
 */
int driftreplay_differences(struct driftreplay *self,
			    objects_difference_fn *use, void *context,
			    struct err *err) MUST_CHECK;

/* *same tells whether the file has that content. */
int driftreplay_is_version(const struct driftreplay *self, bool *same,
			   const char *name, const struct pastversion *version,
			   struct err *err) MUST_CHECK;

#endif
