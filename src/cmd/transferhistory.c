#include "config.h"

#include "cmd/transfer.h"

#include <string.h>

#include "config/tablesettings.h"
#include "workspace/report.h"

/* ---- the commit ---- */

int transfer_open_history(struct transfer *self, struct err *err)
{
	const char *const texts[2] = { self->sides[OLD].label, "HEAD" };
	struct err unknown = ERR_INIT;
	struct side sides[2];

	if (!self->has_pair || self->options->base || self->options->no_base)
		return 0;
	if (workspace_resolve_both(&self->workspace, sides, texts, &unknown) ==
		    0 &&
	    side_has_snapshot(&self->workspace, &sides[1]))
		(void)!workspace_open(&self->workspace, &sides[1], &self->head,
				      err);
	side_release(&sides[0]);
	self->head_side = sides[1];
	return err->code;
}

/* True if history is to say who is behind in the table. */
static bool is_asked(const struct transfer *self, const char *table)
{
	const struct source *base = self->pair.source;

	return self->head && schema_table(self->head->schema, table) &&
	       !(base && schema_table(base->schema, table)) &&
	       d1config_tracks_table(&self->workspace.project.d1config,
				     self->sides[OLD].name, table);
}

static void warn_of_version(void *context, const char *commit,
			    const char *reason)
{
	const struct transfer *self = context;

	if (!self->again)
		report_warning("%.12s: passed over: %s", commit, reason);
}

/* ---- the cells that count ---- */

/* What a database holds in the place of a mask was never committed. */
static bool is_left_out(const struct table_pair *pair, size_t place)
{
	bool is_masked = false;

	for (int side = OLD; side <= NEW; side++) {
		const struct pair_side *self = &pair->sides[side];
		size_t cell = self->common[place];

		for (size_t i = 0; i < pair->nkey; i++)
			if (self->key[i] == cell)
				return false;
		is_masked = is_masked || (self->masked && self->masked[cell]);
	}
	return is_masked;
}

/* Makes history->pair the same pair, with fewer cells in common. */
static int leave_masks_out(struct transfer_history *history,
			   const struct table_pair *pair, struct err *err)
{
	size_t *common[2];

	arena_clear(&history->arena);
	history->pair = *pair;
	history->pair.ncommon = 0;
	for (int side = OLD; side <= NEW; side++) {
		common[side] = arena_array(&history->arena, pair->ncommon + 1,
					   sizeof(**common));
		if (!common[side])
			return err_set_nomem(err);
		history->pair.sides[side].common = common[side];
	}
	for (size_t i = 0; i < pair->ncommon; i++) {
		if (is_left_out(pair, i))
			continue;
		for (int side = OLD; side <= NEW; side++)
			common[side][history->pair.ncommon] =
				pair->sides[side].common[i];
		history->pair.ncommon++;
	}
	history->masked = history->pair.ncommon < pair->ncommon;
	return 0;
}

/* ---- asking ---- */

static int start(struct transfer *self, const struct table_pair *pair,
		 struct err *err)
{
	const struct row_history_place place = {
		.repository = self->pair.repository,
		.commit = self->head_side.id,
		.folder = self->head_side.folder,
		.table = pair->name,
		.asked = { true, true },
		.notice = warn_of_version,
		.context = self,
	};

	if (leave_masks_out(&self->history, pair, err) < 0)
		return err->code;
	return row_history_open(&self->history.rows, &place,
				&self->history.pair, err);
}

/*
 * Rows without a key are told apart by their masks, too; and one that is not
 * there may only not have been looked at.
 */
static bool can_ask(const struct transfer *self, bool keyed, enum change_op op)
{
	if (!keyed)
		return !self->history.masked;
	return !self->options->where || op == CHANGE_UPDATE;
}

int transfer_ask_history(struct transfer *self, const struct table_pair *pair,
			 const struct change *change, struct err *err)
{
	if (!is_asked(self, pair->name) ||
	    (!self->history.rows && start(self, pair, err) < 0) ||
	    !can_ask(self, change->keyed, change->op))
		return err->code;
	return row_history_ask(self->history.rows, change, err);
}

/* ---- answers ---- */

/* The answers for a table, of which history may know some rows. */
struct judge {
	struct transfer *transfer;
	bool known;
};

/* True if a version of the table tells something of the row. */
static bool is_known(const struct row_history *history,
		     const struct row_answer *answer)
{
	for (int side = OLD; side <= NEW; side++)
		if (answer->past[side] == ROW_CHANGED ||
		    (answer->past[side] == ROW_COMMITTED &&
		     row_history_commit(history, answer->versions[side])))
			return true;
	return false;
}

/* A row that no version had, and the other side has not, is just one more. */
static bool is_foreign(const struct row_answer *answer)
{
	return answer->past[OLD] == ROW_FOREIGN ||
	       answer->past[NEW] == ROW_FOREIGN;
}

static int judge_change(void *context, const struct row_change *change,
			enum row_lag *lag, struct err *err)
{
	struct judge *judge = context;
	struct transfer_history *history = &judge->transfer->history;
	struct row_answer answer;
	enum row_order order;

	if (!can_ask(judge->transfer, change->keyed, change->op))
		return 0;
	if (row_history_answer_kept(history->rows, &answer, err) < 0 ||
	    row_history_order(history->rows, &answer, &order, err) < 0)
		return err->code;
	if (is_foreign(&answer))
		return 0;
	judge->known = judge->known || is_known(history->rows, &answer);
	if (answer.past[OLD] == ROW_TOO_SHORT ||
	    answer.past[NEW] == ROW_TOO_SHORT)
		history->too_short++;
	*lag = order == ROW_ORDER_OLD_BEHIND   ? LAG_OLD
	       : order == ROW_ORDER_NEW_BEHIND ? LAG_NEW
					       : LAG_UNKNOWN;
	return 0;
}

static void end_rows(struct transfer_history *history)
{
	row_history_close(history->rows);
	history->rows = NULL;
}

int transfer_judge(struct transfer *self, struct err *err)
{
	struct judge judge = { .transfer = self };

	if (self->history.rows &&
	    changes_judge(self->differences,
			  changes_tables(self->differences) - 1, judge_change,
			  &judge, err) == 0)
		self->history.tables += judge.known;
	end_rows(&self->history);
	return err->code;
}

void transfer_reset_history(struct transfer *self)
{
	struct transfer_history *history = &self->history;

	end_rows(history);
	arena_release(&history->arena);
	memset(history, 0, sizeof(*history));
}

/* ---- what is told ---- */

static const char *plural(unsigned long long count)
{
	return count == 1 ? "" : "s";
}

void transfer_tell_base(const struct transfer *self)
{
	unsigned long long tables = self->history.tables;
	unsigned long long rows = self->history.too_short;

	if (tables > 0)
		report_hint("no pair base: took the history of HEAD for "
			    "%llu table%s",
			    tables, plural(tables));
	if (rows > 0)
		report_hint("%llu row%s may be an older version that is not "
			    "in this shallow clone, and %s told by %s time%s: "
			    "git fetch --unshallow",
			    rows, plural(rows), rows == 1 ? "is" : "are",
			    rows == 1 ? "its" : "their", plural(rows));
	/* a table that nobody tracks never has a base */
	if (self->has_pair && !self->pair.source && !self->options->base &&
	    !self->options->no_base && transfer_has_tracked(self) &&
	    self->reconciliation.counts.without_base > tables)
		report_hint("no push or pull of this local database is known: "
			    "without a base, rows that differ are told by "
			    "their times");
}
