#include "config.h"

#include "cmd/transfer.h"

#include "cmd/report.h"
#include "config/tablesettings.h"

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

/*
 * Rows without a key that only cells of one side tell apart are one difference,
 * and would be several questions.
 */
static bool can_ask(const struct table_pair *pair, bool keyed)
{
	return keyed ||
	       (pair->sides[OLD].nonly == 0 && pair->sides[NEW].nonly == 0);
}

static void warn_of_version(void *context, const char *commit,
			    const char *reason)
{
	(void)context;
	report_warning("%.12s: passed over: %s", commit, reason);
}

/* ---- asking ---- */

int transfer_ask_history(struct transfer *self, const struct table_pair *pair,
			 const struct change *change, struct err *err)
{
	const struct row_history_place place = {
		.repository = self->pair.repository,
		.commit = self->head_side.id,
		.folder = self->head_side.folder,
		.table = pair->name,
		.asked = { true, true },
		.notice = warn_of_version,
	};

	if (!is_asked(self, pair->name) || !can_ask(pair, change->keyed))
		return 0;
	if (!self->history &&
	    row_history_open(&self->history, &place, pair, err) < 0)
		return err->code;
	return row_history_ask(self->history, change, err);
}

/* ---- answers ---- */

struct judge {
	struct row_history *history;
	const struct table_pair *pair;
};

static int judge_change(void *context, const struct row_change *change,
			enum row_lag *lag, struct err *err)
{
	const struct judge *judge = context;
	struct row_answer answer;
	enum row_order order;

	if (!can_ask(judge->pair, change->keyed))
		return 0;
	if (row_history_answer(judge->history, &answer, err) < 0 ||
	    row_history_order(judge->history, &answer, &order, err) < 0)
		return err->code;
	*lag = order == ROW_ORDER_OLD_BEHIND   ? LAG_OLD
	       : order == ROW_ORDER_NEW_BEHIND ? LAG_NEW
					       : LAG_UNKNOWN;
	return 0;
}

int transfer_judge(struct transfer *self, const struct table_pair *pair,
		   struct err *err)
{
	struct judge judge = { .history = self->history, .pair = pair };

	if (!self->history)
		return 0;
	(void)!changes_judge(self->differences,
			     changes_tables(self->differences) - 1,
			     judge_change, &judge, err);
	row_history_close(self->history);
	self->history = NULL;
	return err->code;
}
