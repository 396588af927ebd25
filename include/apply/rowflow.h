/* Rows of a plan's entry on their way into statements. */
#ifndef APPLY_ROWFLOW_H
#define APPLY_ROWFLOW_H

#include "apply/packer.h"
#include "apply/plan.h"

/* A plan that is being written. */
struct writing {
	struct plan *plan;
	struct step_sink *sink;
	struct stage stage;
};

/* Which rows of the entry, and where they have got to. */
struct row_flow {
	struct writing *writing;
	const struct plan_entry *entry;
	enum change_op op;
	uint64_t n;
	bool keyed;
	bool parked;  /* those that are, or those that are not */
	bool either;  /* both */
	bool grouped; /* only updates of this group */
	size_t group;
	/*
	 * Rows that this digest takes, or if they are `rest` those that it does
	 * not; NULL: all.
	 */
	struct row_digest *digest;
	bool rest;
	uint64_t left; /* how many are the rest */
	struct packer packer;
};

/*
 * Sends the rows that the flow describes, under the statement; with `counted`
 * the call fails if it does not change as many.
 */
int row_flow_send(struct row_flow *flow, const struct rowstatement *statement,
		  bool counted, struct err *err) MUST_CHECK;

/*
 * Sends rows under a statement with a digest, `brief`, which is closed, and
 * those that it does not take under one that carries the cells, `whole`. If
 * `brief` has no digest, that is all.
 */
int row_flow_send_digested(struct row_flow *flow,
			   const struct rowstatement *whole,
			   const struct rowstatement *brief, bool counted,
			   struct err *err) MUST_CHECK;

#endif
