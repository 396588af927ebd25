/*
 * Packs rows into statements, as many into each as fit.
 *
 * A value that would make a row too long for a statement is sent ahead, in
 * pieces, into a table that the plan makes for that and drops at its end.
 */
#ifndef APPLY_PACKER_H
#define APPLY_PACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/rowstatement.h"
#include "apply/step.h"
#include "util/buf.h"

/* The table of pieces, made when the first value needs it. */
struct stage {
	char name[48]; /* quoted */
	bool made;
	uint64_t values; /* sent ahead so far */
};

struct packer {
	struct step_sink *sink;
	struct stage *stage;
	const struct rowstatement *statement;
	/* after each statement: the call fails with this text if it has not
	 * changed as many rows as it was given. NULL: no matter */
	const char *counted;
	uint64_t rows; /* in the statement so far: as many as are to change */
	bool any;
	size_t most; /* bytes of JSON */
	unsigned int forms[ROWSTATEMENT_CELLS];
	struct buf json;
	struct buf row;
};

/* All is borrowed. The caller releases it, after an error too. */
int packer_init(struct packer *packer, struct step_sink *sink,
		struct stage *stage, const struct rowstatement *statement,
		const char *counted, struct err *err) MUST_CHECK;
void packer_release(struct packer *packer);

/*
 * Adds a row: the cells of the change that the statement has. Its digest, if
 * it has one, was asked about the change last.
 */
int packer_add(struct packer *packer, const struct row_change *change,
	       struct err *err) MUST_CHECK;

/* Ends the last statement. */
int packer_end(struct packer *packer, struct err *err) MUST_CHECK;

/* Drops the table of pieces, if it was made. */
int stage_drop(struct stage *stage, struct step_sink *sink,
	       struct err *err) MUST_CHECK;

#endif
