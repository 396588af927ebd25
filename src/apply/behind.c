#include "config.h"

#include "apply/behind.h"

#include <string.h>

static struct behind_sink *sink_of(struct change_sink *sink)
{
	return (struct behind_sink *)sink;
}

static void end_waiting(struct behind_sink *self)
{
	row_history_close(self->history);
	changes_close(self->waiting);
	self->history = NULL;
	self->waiting = NULL;
}

/* ---- while a table is compared ---- */

static int refuse_masked(const struct table_pair *pair, struct err *err)
{
	const struct pair_side *side = &pair->sides[NEW];

	for (size_t i = 0; i < pair->ncommon; i++)
		if (side->masked[side->common[i]])
			return err_set(
				err, D1_ERROR,
				"column '%s' of table '%s' is masked: the "
				"snapshot does not have its values",
				pair_column(pair, NEW, side->common[i])->name,
				pair->name);
	return 0;
}

static int begin_table(struct change_sink *sink, const struct table_pair *pair,
		       struct err *err)
{
	struct behind_sink *self = sink_of(sink);

	if (pair->reason || !pair->sides[NEW].table)
		return SINK_NEXT_TABLE;
	if (!pair->sides[OLD].table) {
		self->counts.lacking++;
		return SINK_NEXT_TABLE;
	}
	return refuse_masked(pair, err);
}

/* Begins to ask, at the first row that differs. */
static int start(struct behind_sink *self, const struct table_pair *pair,
		 struct err *err)
{
	struct change_sink *waiting = &self->waiting_sink.sink;

	self->place.table = pair->sides[NEW].table->name;
	self->place.asked[OLD] = true;
	self->place.asked[NEW] = false;
	if (changes_open(&self->waiting, err) < 0)
		return err->code;
	changes_unite(self->waiting);
	self->waiting_sink.changes = self->waiting;
	if (waiting->begin_table(waiting, pair, err) < 0)
		return err->code;
	return row_history_open(&self->history, &self->place, pair, err);
}

static int add_change(struct change_sink *sink, const struct table_pair *pair,
		      const struct change *change, struct err *err)
{
	struct behind_sink *self = sink_of(sink);
	struct change_sink *waiting = &self->waiting_sink.sink;

	if (!self->history && start(self, pair, err) < 0)
		return err->code;
	if (row_history_ask(self->history, change, err) < 0)
		return err->code;
	return waiting->change(waiting, pair, change, err);
}

/* ---- after it ---- */

/* True if the commit has such a row. */
static bool is_in_commit(const struct row_change *change)
{
	if (change->keyed)
		return change->new;
	return change->op == CHANGE_INSERT || change->before > change->count;
}

static enum behind_state judge(const struct row_answer *answer,
			       const struct row_change *change)
{
	switch (answer->past[OLD]) {
	case ROW_COMMITTED:
		return BEHIND_PENDING;
	case ROW_TOO_SHORT:
		return BEHIND_TOO_SHORT;
	case ROW_FOREIGN:
		/* what the commit brings, too, was made on both sides */
		return is_in_commit(change) ? BEHIND_DRIFT : BEHIND_OWN;
	case ROW_CHANGED:
	case ROW_NOT_ASKED:
		break;
	}
	return BEHIND_DRIFT;
}

/* The rows of a table, whose first pending one begins it in the changes. */
struct telling {
	struct behind_sink *sink;
	bool begun;
};

static int keep(struct telling *telling, const struct row_change *change,
		struct err *err)
{
	struct behind_sink *self = telling->sink;

	if (!telling->begun &&
	    changes_begin_table(self->changes, changes_table(self->waiting, 0),
				err) < 0)
		return err->code;
	telling->begun = true;
	return changes_add(self->changes, change, err);
}

/* Asks whoever may know more than history does. */
static int ask_further(const struct behind_sink *self, struct behind_row *row,
		       struct err *err)
{
	bool explained = false;

	if (!self->explains ||
	    (row->state != BEHIND_DRIFT && row->state != BEHIND_TOO_SHORT))
		return 0;
	if (self->explains(self->explains_context, row, &explained, err) < 0)
		return err->code;
	if (explained)
		row->state = BEHIND_PENDING;
	return 0;
}

static int tell_row(void *context, const struct row_change *change,
		    struct err *err)
{
	struct telling *telling = context;
	struct behind_sink *self = telling->sink;
	struct behind_row row = { .table = changes_table(self->waiting, 0),
				  .change = change };
	struct row_answer answer;

	if (row_history_answer_kept(self->history, &answer, err) < 0)
		return err->code;
	row.state = judge(&answer, change);
	if (row.state == BEHIND_PENDING)
		row.commit =
			row_history_commit(self->history, answer.versions[OLD]);
	if (ask_further(self, &row, err) < 0)
		return err->code;
	self->counts.rows[row.state] += change->count;
	if (row.state == BEHIND_PENDING && keep(telling, change, err) < 0)
		return err->code;
	return self->tell ? self->tell(self->context, &row, err) : 0;
}

static int end_table(struct change_sink *sink, const struct table_pair *pair,
		     const struct table_counts *counts, struct err *err)
{
	struct behind_sink *self = sink_of(sink);
	struct telling telling = { .sink = self };

	(void)pair;
	(void)counts;
	if (self->history)
		(void)!changes_each_row(self->waiting, 0, tell_row, &telling,
					err);
	end_waiting(self);
	return err->code;
}

void behind_sink_init(struct behind_sink *sink,
		      const struct row_history_place *place,
		      struct changes *changes)
{
	memset(sink, 0, sizeof(*sink));
	sink->sink.begin_table = begin_table;
	sink->sink.change = add_change;
	sink->sink.end_table = end_table;
	sink->place = *place;
	sink->changes = changes;
	changes_sink_init(&sink->waiting_sink, NULL);
}

void behind_sink_release(struct behind_sink *sink)
{
	end_waiting(sink);
	changes_sink_release(&sink->waiting_sink);
}
