/*
 * Questions about rows, as many as memory holds: which version of a table, from
 * the newest on, is the first in which the row is as one side has it? Each
 * version is read once for all of them.
 */
#ifndef APPLY_ROWBATCH_H
#define APPLY_ROWBATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/rowidentity.h"

enum {
	ROW_BATCH_MAX_ROWS = 1 << 16,
	ROW_BATCH_MAX_BYTES = 16 << 20,
};

/* No version. */
#define ROW_BATCH_NONE SIZE_MAX

struct row_question {
	bool keyed;
	uint64_t repeats;  /* how many changes it stands for */
	const char *bytes; /* that tell the row apart */
	size_t size;
	/* what each side holds: how many equal rows, and their digest if a key
	 * tells the row apart */
	uint64_t counts[2];
	const char *digests[2];
	/* sides that are not found yet; and where they were: ROW_BATCH_NONE */
	bool open[2];
	size_t versions[2];
	bool held; /* a version has had the row, with whatever it held */
	/* of the version that is read */
	size_t seen_in;
	uint64_t seen;
	size_t next; /* with the same place in the index, plus 1 */
};

struct row_batch {
	const struct row_identity *identity;
	struct arena arena;
	struct row_question *questions;
	size_t count;
	size_t cap;
	size_t bytes;
	size_t *index; /* of questions, by their bytes, plus 1; NULL: to make */
	size_t mask;
	size_t *open; /* the questions that have open sides */
	size_t nopen;
	struct buf text;
	struct buf line;
};

/* The identity is borrowed. The caller releases the batch. */
void row_batch_init(struct row_batch *batch,
		    const struct row_identity *identity);
void row_batch_release(struct row_batch *batch);

/* Forgets all questions. */
void row_batch_clear(struct row_batch *batch);

bool row_batch_is_full(const struct row_batch *batch);

/* Adds a question, which is copied. None is added once a version was seen. */
int row_batch_add(struct row_batch *batch, const struct row_question *question,
		  struct err *err) MUST_CHECK;

/* After the last question. */
int row_batch_index(struct row_batch *batch, struct err *err) MUST_CHECK;

/*
 * Looks at a row of the version with this number; `whole` if the cells are all
 * that it held.
 */
int row_batch_see(struct row_batch *batch, size_t version,
		  const struct row *row, bool whole,
		  struct err *err) MUST_CHECK;

/* After the last row of a version: what is not there is seen now. */
void row_batch_end(struct row_batch *batch, size_t version, bool whole);

#endif
