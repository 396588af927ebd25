/* Finding out, and showing, what pending migrations would do to rows. */
#ifndef WORKSPACE_REHEARSING_H
#define WORKSPACE_REHEARSING_H

#include "apply/rehearsal.h"
#include "util/buf.h"
#include "util/err.h"
#include "workspace/migrationview.h"

/*
 * Rehearses the migrations `names`, in that order, on the rows of the endpoint
 * `rows`. NULL: a local database's own rows; for a remote one those that were
 * fetched last, else those of the snapshot in the worktree, else none. Nothing
 * is written but to a private database. What the remote's ledger has is how far
 * the rows are; with a view of a snapshot they are those of a snapshot, and as
 * far as its schema.
 *
 * Appends to `whose` what messages call the place of the rows. The caller
 * releases the rehearsal, after an error too.
 */
int rehearsing_find(struct rehearsal *rehearsal, struct buf *whose,
		    struct migration_view *view, const char *rows,
		    const char *const *names, size_t count,
		    struct err *err) MUST_CHECK;

/* Appends what would become of a table's rows, in lines; "" if nothing. */
void rehearsing_add_table(struct buf *out, const struct rehearsed_table *table);

/* Rehearses them, and prints that of all tables. */
int rehearsing_run(struct migration_view *view, const char *rows,
		   const char *const *names, size_t count,
		   struct err *err) MUST_CHECK;

#endif
