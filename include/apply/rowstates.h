/*
 * Rows of one table by their key: as two databases hold them, OLD and NEW, and
 * what is to become of those that NEW holds, before both are reconciled. Kept
 * outside memory. It is for rows with a key alone.
 *
 * A row of NEW that is given another key leaves its place. There NEW takes the
 * row that OLD has under that key, if any.
 */
#ifndef APPLY_ROWSTATES_H
#define APPLY_ROWSTATES_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/changes.h"
#include "diff/change.h"
#include "model/row.h"
#include "util/err.h"

struct row_states;

struct row_state {
	const struct row *rows[2]; /* NULL: that side has no such row */
	const struct row *wanted;  /* the row of NEW as it is to be */
};

/* Opens it for a table, which is borrowed. close() takes NULL, too. */
int row_states_open(struct row_states **states,
		    const struct changed_table *table,
		    struct err *err) MUST_CHECK;
void row_states_close(struct row_states *states);

/* Takes the rows with a key that differ in that table of the differences. */
int row_states_load(struct row_states *states, struct changes *differences,
		    size_t place, struct err *err) MUST_CHECK;

/*
 * The row that NEW holds is to be another one, perhaps with another key. If it
 * was not known, `on_both` tells whether OLD has the same row. *changed tells
 * whether that is news.
 */
int row_states_want(struct row_states *states, const struct row *held,
		    const struct row *wanted, bool on_both, bool *changed,
		    struct err *err) MUST_CHECK;

/*
 * Looks for the rows under the key of `row`, whose cells are those of the
 * table. What is found is borrowed until the next call. With `based` it is
 * noted that both had it in common.
 */
int row_states_find(struct row_states *states, const struct row *row,
		    bool based, struct row_state *state, bool *found,
		    struct err *err) MUST_CHECK;

/* Some of the rows. */
enum row_states_choice {
	ROW_STATES_UNKNOWN,  /* both sides have one under a key that was not
			      looked for in common, and differently */
	ROW_STATES_CLASHING, /* the same, and it was not in common */
	ROW_STATES_WANTED,   /* NEW's are to be others */
	ROW_STATES_MOVED,    /* NEW's are to have another key */
	/* after row_states_settle(): */
	ROW_STATES_TAKEN,  /* NEW is to have OLD's, and has not */
	ROW_STATES_ABSENT, /* NEW is not to have OLD's, and both did not have
			      it in common */
	ROW_STATES_CHOICES,
};

/* From here on a key that was not noted is known not to be in common. */
int row_states_note_base(struct row_states *states, struct err *err) MUST_CHECK;

int row_states_any(struct row_states *states, enum row_states_choice choice,
		   bool *any, struct err *err) MUST_CHECK;

typedef int row_state_fn(void *context, const struct row_state *state,
			 struct err *err);

/*
 * Hands the rows to `use`, ascending by key; each is borrowed until `use`
 * wants another one. It may want and take the row that it got.
 */
int row_states_each(struct row_states *states, enum row_states_choice choice,
		    row_state_fn *use, void *context,
		    struct err *err) MUST_CHECK;

/*
 * After the last row_states_want(): puts rows where they are to be.
 * D1_EREFUSED if two would have the same key.
 */
int row_states_settle(struct row_states *states, struct err *err) MUST_CHECK;

/* NEW is to have the row that OLD alone has, under the key of `row`. */
int row_states_take(struct row_states *states, const struct row *row,
		    struct err *err) MUST_CHECK;

/*
 * Adds what differs now to the table of the list that was begun last: from
 * OLD to NEW as it is to be.
 */
int row_states_compare(struct row_states *states, struct changes *list,
		       struct err *err) MUST_CHECK;

/*
 * Puts changes in terms of what NEW holds: `later`, in terms of what NEW is to
 * be, is its table of that place; NULL: there are none. What is to be made of
 * NEW's rows, all in all, is added to the table of the list that was begun
 * last. May be called again.
 */
int row_states_compose(struct row_states *states, struct changes *list,
		       struct changes *later, size_t place,
		       struct err *err) MUST_CHECK;

#endif
