/* Showing what pending migrations would do to rows. */
#ifndef CMD_REHEARSING_H
#define CMD_REHEARSING_H

#include "cmd/migrationview.h"
#include "util/err.h"

/*
 * Rehearses the migrations `names`, in that order, on the rows of the endpoint
 * `rows`, and prints what would become of them. NULL: a local database's own
 * rows; for a remote one those that were fetched last, else those of the
 * snapshot in the worktree, else none. Nothing is written but to a private
 * database. What the remote's ledger has is how far the rows are.
 */
int rehearsing_run(struct migration_view *view, const char *rows,
		   const char *const *names, size_t count,
		   struct err *err) MUST_CHECK;

#endif
