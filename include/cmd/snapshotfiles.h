/*
 * Writing the snapshot of a database into its folder of the worktree, with all
 * that belongs to it: what is in conflict is left alone, the record of the
 * local database moves, and rows that it never had are warned of.
 */
#ifndef CMD_SNAPSHOTFILES_H
#define CMD_SNAPSHOTFILES_H

#include <stdbool.h>

#include "workspace/workspace.h"

struct snapshot_taking {
	bool check; /* write nothing */
	bool quiet; /* print no files */
};

/*
 * Writes the snapshot of the side, whose database is known, and prints the
 * files that change. *changed is set if any do, else left alone.
 */
int snapshot_files_take(struct workspace *workspace, struct side *side,
			const struct snapshot_taking *options, bool *changed,
			struct err *err) MUST_CHECK;

#endif
