#include "config.h"

#include "cmd/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apply/replay.h"
#include "util/buf.h"
#include "workspace/actions.h"
#include "workspace/report.h"
#include "workspace/spool.h"
#include "workspace/view.h"

enum { MAX_LINE = 1 << 16 };

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- what stays different ---- */

/* The command that would take rows of that side over. */
static const char *command_for(int side)
{
	return side == OLD ? "git d1 pull" : "git d1 push";
}

static const char *place_of(int side)
{
	return side == OLD ? "on the remote" : "here";
}

static void add_left(struct buf *out, const struct transfer *self, int side)
{
	const struct reconcile_counts *counts = &self->reconciliation.counts;

	if (counts->newer[side] > 0)
		buf_add_format(out, "%" PRIu64 " row%s newer %s: %s\n",
			       counts->newer[side], plural(counts->newer[side]),
			       place_of(side), command_for(side));
	if (counts->only[side] > 0)
		buf_add_format(out, "%" PRIu64 " row%s only %s, left there%s\n",
			       counts->only[side], plural(counts->only[side]),
			       place_of(side),
			       self->again || self->options->deletes ||
					       self->options->where
				       ? ""
				       : " (--delete deletes them)");
}

int transfer_print_left(const struct transfer *self, struct err *err)
{
	const struct reconcile_counts *counts = &self->reconciliation.counts;
	struct buf out;

	buf_init(&out, MAX_LINE);
	add_left(&out, self, OLD);
	add_left(&out, self, NEW);
	if (counts->different > 0)
		buf_add_format(&out, "%" PRIu64 " row%s\n", counts->different,
			       counts->different == 1
				       ? " differs and stays as it is"
				       : "s differ and stay as they are");
	if (buf_check(&out, "the output", err) == 0 && out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

/* ---- what would be written ---- */

void transfer_describe(const struct transfer *self, int side,
		       struct render_options *render)
{
	render->database = self->sides[side].name;
	render->labels[OLD] = self->sides[side].label;
	render->labels[NEW] = self->sides[!side].label;
	render->local_side = side == OLD ? NEW : OLD;
}

static int show_rows(struct transfer *self, int side, const struct view *view,
		     struct err *err)
{
	struct changes *const lists[] = { self->lists[side] };
	struct actions_guard guard = { "" };
	struct renderer *renderer = NULL;
	struct render_options render;

	view_fill(view, &render);
	transfer_describe(self, side, &render);
	if (actions_guard_begin(&guard, stdout, err) < 0 ||
	    view_open(&renderer, view, &render, err) < 0)
		return err->code;
	if (changes_replay(lists, 1, REPLAY_WRITTEN, &renderer->sink, err) ==
		    0 &&
	    renderer->finish)
		(void)!renderer->finish(renderer, err);
	renderer->free(renderer);
	actions_guard_end(&guard, stdout);
	return err->code;
}

/* ---- what it costs ---- */

/* What changes in a remote database: the rows, and in each index of theirs. */
struct cost {
	struct changes *lists[2]; /* the changes, and what they effect */
	uint64_t rows;
	uint64_t indexed; /* the same for each index of their tables */
};

static uint64_t rows_of(const struct changes *changes, size_t table)
{
	return changes_count(changes, table, CHANGE_INSERT) +
	       changes_count(changes, table, CHANGE_UPDATE) +
	       changes_count(changes, table, CHANGE_DELETE);
}

static bool is_text(const struct value *value, const char *text)
{
	return value->type == VALUE_TEXT && value->size == strlen(text) &&
	       memcmp(value->data, text, value->size) == 0;
}

/* Takes a row of a table's name and how many indexes it has. */
static int count_indexes(void *context, const struct row *row, struct err *err)
{
	struct cost *cost = context;
	const struct value *name = &row->cells[0];

	(void)err;
	for (size_t l = 0; l < ARRAY_SIZE(cost->lists); l++)
		for (size_t i = 0; i < changes_tables(cost->lists[l]); i++)
			if (is_text(name,
				    changes_table(cost->lists[l], i)->name))
				cost->indexed +=
					rows_of(cost->lists[l], i) *
					(uint64_t)row->cells[1].integer;
	return 0;
}

static int find_cost(struct transfer *self, struct err *err)
{
	struct application *application = &self->applications[OLD];
	struct cost cost = { .lists = { application->changes,
					application->effects } };

	if (application_estimate(application, &self->cost.sent, err) < 0 ||
	    source_select(self->sources[OLD],
			  "SELECT tbl_name, count(*) AS n FROM sqlite_schema "
			  "WHERE type = 'index' GROUP BY tbl_name",
			  count_indexes, &cost, err) < 0)
		return err->code;
	for (size_t l = 0; l < ARRAY_SIZE(cost.lists); l++)
		for (size_t i = 0; i < changes_tables(cost.lists[l]); i++)
			cost.rows += rows_of(cost.lists[l], i);
	self->cost.rows_written = cost.rows + cost.indexed;
	self->cost.rows_read = 3 * cost.rows;
	return 0;
}

static void show_cost(const struct transfer_cost *cost)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line,
		       "up to %" PRIu64 " row%s written, with indexes, about "
		       "%" PRIu64 " read; %" PRIu64 " request%s of %" PRIu64
		       " bytes",
		       cost->rows_written, plural(cost->rows_written),
		       cost->rows_read, cost->sent.requests,
		       plural(cost->sent.requests), cost->sent.bytes);
	if (!line.failed)
		report_line(line.data);
	buf_release(&line);
}

/* ---- the whole ---- */

/* What the local database is read by is the application's from here on. */
static int open_listing(struct transfer *self, struct err *err)
{
	struct application *application = &self->applications[NEW];

	application->source = self->sources[NEW];
	self->sources[NEW] = NULL;
	return spool_open(&application->listing, err);
}

/*
 * The rows of one side, if there is a view; what foreign keys would do besides
 * is listed.
 */
static int show_side(struct transfer *self, int side, const struct view *view,
		     struct err *err)
{
	struct application *application = &self->applications[side];

	if (view && show_rows(self, side, view, err) < 0)
		return err->code;
	changes_close(application->changes);
	application->changes = self->lists[side];
	self->lists[side] = NULL;
	if ((side == NEW && open_listing(self, err) < 0) ||
	    application_foresee(application, err) < 0 ||
	    spool_show(application->listing, stderr, err) < 0 ||
	    (side == OLD && find_cost(self, err) < 0))
		return err->code;
	self->written[side] = true;
	if (side == OLD && view)
		show_cost(&self->cost);
	return 0;
}

static int show_sides(struct transfer *self, const struct view *view,
		      struct err *err)
{
	for (int side = OLD; side <= NEW; side++)
		if (self->lists[side] &&
		    !changes_are_empty(self->lists[side]) &&
		    show_side(self, side, view, err) < 0)
			return err->code;
	return 0;
}

int transfer_show(struct transfer *self, struct err *err)
{
	const struct view_options options = VIEW_DEFAULTS;
	struct view view;

	if (self->options->json)
		return show_sides(self, NULL, err);
	if (view_prepare(&view, &options, &self->workspace, err) < 0)
		return err->code;
	view_begin_pager(&view, &self->workspace);
	return show_sides(self, &view, err);
}
