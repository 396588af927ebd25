/*
 * A private database on which part of a plan is tried out, with rows that are
 * made up.
 */
#ifndef SCHEMA_STAGE_H
#define SCHEMA_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/planner.h"
#include "schema/stagerows.h"
#include "source/scratch.h"
#include "util/err.h"

struct stage {
	struct planner *planner;
	const bool *inside; /* what there is at first, by place in `from` */
	const bool *stays;  /* of that: what another stage is to change */
	bool begins_parked;
	bool *spared; /* indexes that it begins without, by place in `from` */
	struct scratch *scratch;
	struct arena arena;
	struct stagerows *before; /* of each table */
};

/* How rows are made up: what one way breaks, another may not. */
enum stage_rows { STAGE_BY_TYPE, STAGE_NUMBERS, STAGE_EMPTY };

/*
 * Opens it with the objects that are inside, and rows in their tables. The
 * caller closes it, after an error too. If `begins_parked`, which is for stages
 * with no more than tables and indexes, the tables that the plan renames away
 * are so from the start, indexes that it drops are not there if nothing hangs
 * on them, and the steps that do that are left out, and those about indexes
 * that are there for a while: SQLite reads every definition four times for each
 * table, and all their names for each index.
 */
int stage_open(struct stage *self, struct planner *planner, const bool *inside,
	       const bool *stays, bool begins_parked, enum stage_rows rows,
	       struct err *err) MUST_CHECK;
void stage_close(struct stage *self);

/*
 * Runs one step with foreign keys enforced; the first one begins the
 * transaction, stage_commit() ends it. *broken tells whether rows were the
 * reason why it failed.
 */
int stage_run(struct stage *self, const struct schemaplan_step *step,
	      bool *broken, struct err *err) MUST_CHECK;
int stage_commit(struct stage *self, bool *broken, struct err *err) MUST_CHECK;

/*
 * Checks what is there now, as schema/outcome.h has it, and that no row is gone
 * or changed.
 */
int stage_check(struct stage *self, const bool *wanted,
		struct err *err) MUST_CHECK;

#endif
