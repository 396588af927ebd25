/*
 * One look of drift_find() at a database. For src/migrate/drift.c and
 * driftschema.c.
 */
#ifndef MIGRATE_DRIFTSEEKER_H
#define MIGRATE_DRIFTSEEKER_H

#include <stdbool.h>
#include <stddef.h>

#include "migrate/drift.h"
#include "migrate/driftreplay.h"
#include "util/buf.h"

struct driftseeker {
	struct drift *drift;
	const struct drift_question *question;
	struct driftreplay replay;
	struct pastfiles versions;
	bool has_versions;
	/* for each migration that is pending, the applied one whose text it
	 * has, and whose file is gone; NULL: there is none */
	const char **originals;
	size_t cap;
};

/* Adds a finding; `remedy` is released. */
int driftseeker_add(struct driftseeker *self, enum drift_kind kind,
		    const char *name, const char *detail, struct buf *remedy,
		    struct err *err) MUST_CHECK;

/* Begins a command, and adds a word or the path of a migration. */
void driftseeker_begin(struct buf *command, const char *words);
void driftseeker_add_word(struct buf *command, const char *word);
int driftseeker_add_path(struct driftseeker *self, struct buf *command,
			 const char *name, struct err *err) MUST_CHECK;

/* Reads the history of the folder, if there is one, the first time. */
int driftseeker_read_history(struct driftseeker *self,
			     struct err *err) MUST_CHECK;

/* Compares what is live with the replay of what is applied. */
int driftseeker_find_schema(struct driftseeker *self,
			    struct err *failed) MUST_CHECK;

/* The same for a snapshot, which has no ledger. */
int driftseeker_find_snapshot(struct driftseeker *self,
			      struct err *err) MUST_CHECK;

#endif
