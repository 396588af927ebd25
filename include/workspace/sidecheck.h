/*
 * Checking the files of a snapshot, wherever they lie, by the settings that
 * they were written with: what `git d1 fsck` and the hooks do.
 */
#ifndef WORKSPACE_SIDECHECK_H
#define WORKSPACE_SIDECHECK_H

#include <stdbool.h>

#include "apply/snapshot_check.h"
#include "util/buf.h"
#include "workspace/tables.h"
#include "workspace/workspace.h"

struct side_check {
	/* what is checked, and who is told; borrowed */
	struct workspace *workspace;
	struct side *side;
	void (*tell)(void *context, const struct side_check *check,
		     const struct problem *problem);
	void *context;

	/* known before the first problem is told */
	struct buf shown; /* what the snapshot is called: "HEAD:d1/shop" */
	struct buf place; /* the same before a path: "HEAD:d1/shop/" */

	/* its own */
	struct d1config config; /* of a commit or the index */
	bool has_config;
	struct table_choice choice;
};

#define SIDE_CHECK_INIT(a_workspace, a_side) \
	{ \
		.workspace = (a_workspace), .side = (a_side), \
		.config = D1CONFIG_INIT \
	}

/*
 * Opens the files and checks them (apply/snapshot_check.h). A revision and the
 * index are judged by the .d1config in them. D1_ENOTFOUND if there are none.
 * The caller releases it, after an error too.
 */
int side_check_run(struct side_check *check, struct snapshot_findings *findings,
		   struct err *err) MUST_CHECK;
void side_check_release(struct side_check *check);

#endif
