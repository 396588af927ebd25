/* `git d1 snapshot --normalize`: the files of the worktree put in order. */
#ifndef CMD_NORMALIZE_H
#define CMD_NORMALIZE_H

#include <stdbool.h>

#include "workspace/workspace.h"

/*
 * Brings the data files of each database of the project back into the form in
 * which git-d1 writes them (apply/snapshot_order.h), and prints what changed,
 * unless `quiet`, and what is left to do. *left is set if something is.
 */
int normalize_run(struct workspace *workspace, bool quiet, bool *left,
		  struct err *err) MUST_CHECK;

#endif
