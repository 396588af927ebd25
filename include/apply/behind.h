/*
 * What a commit's snapshot brings to a database that is behind it, told from
 * what somebody changed there: a row of the database that equals some version
 * of it in the history of the commit is behind, and is to be written.
 */
#ifndef APPLY_BEHIND_H
#define APPLY_BEHIND_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/rowhistory.h"
#include "diff/change.h"
#include "util/err.h"

/* What a row is that differs. */
enum behind_state {
	BEHIND_PENDING, /* an older version: it is to become the commit's */
	BEHIND_DRIFT,	/* no version is like it: somebody changed it */
	/* nor is one of those that are here: `git fetch --unshallow` */
	BEHIND_TOO_SHORT,
	BEHIND_OWN, /* no version ever had it: it is the database's own */
};

/* Borrowed for the call. */
struct behind_row {
	enum behind_state state;
	const struct changed_table *table;
	/* from the database's row to the commit's */
	const struct row_change *change;
	/* that has the version of a pending row; NULL: it was not there yet */
	const char *commit;
};

/* Rows in each state, and tables that the database does not have. */
struct behind_counts {
	uint64_t rows[BEHIND_OWN + 1];
	uint64_t lacking;
};

/*
 * A sink for the comparison of the database, which is the OLD side, with the
 * snapshot. After each table it tells its rows, in the order of the changes.
 *
 * Columns that are not to be written, masked ones too, are no part of the
 * comparison (threeway_rules() makes such rules): a masked one is an error.
 */
struct behind_sink {
	struct change_sink sink;
	/* where it looks; `table` and `asked` are not set by the caller */
	struct row_history_place place;
	struct changes *changes; /* takes the pending rows */
	/* NULL: nobody is told */
	int (*tell)(void *context, const struct behind_row *row,
		    struct err *err);
	void *context;
	/* is asked about rows that drifted, or of which history is too short:
	 *explains makes them pending; NULL: they are what they are */
	int (*explains)(void *context, const struct behind_row *row,
			bool *explains, struct err *err);
	void *explains_context;
	struct behind_counts counts; /* of all tables so far */
	/* of the table that is compared */
	struct row_history *history; /* NULL: nothing differs so far */
	struct changes *waiting;
	struct changes_sink waiting_sink;
};

/*
 * Everything is borrowed. The caller may set `tell`, `explains` and their
 * contexts then, and releases the sink.
 */
void behind_sink_init(struct behind_sink *sink,
		      const struct row_history_place *place,
		      struct changes *changes);
void behind_sink_release(struct behind_sink *sink);

#endif
