/* d1.autoSnapshot: what is committed holds the rows of the local database. */
#ifndef CMD_HOOKSNAPSHOT_H
#define CMD_HOOKSNAPSHOT_H

#include "cmd/hookrun.h"

/*
 * Writes the snapshots of the local databases and adds them to the index that
 * is committed. What cannot be done without losing something is left as it is,
 * and said in a line: in a partial commit; where the files in the worktree hold
 * rows that the local database never had; where other changes of them are
 * staged than the worktree has.
 */
int hook_snapshot_refresh(struct hook_run *run, struct err *err) MUST_CHECK;

#endif
