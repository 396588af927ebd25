#include "config.h"

#include "cmd/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/overlay.h"
#include "apply/snapshot_writer.h"
#include "config/tablesettings.h"
#include "util/progress.h"
#include "workspace/backup.h"
#include "workspace/report.h"
#include "workspace/snapshots.h"
#include "workspace/trackingref.h"

static bool tracks(const struct transfer *self, const char *table)
{
	return d1config_tracks_table(&self->workspace.project.d1config,
				     self->sides[OLD].name, table);
}

static bool is_tracked(void *context, const char *table)
{
	return tracks(context, table);
}

/* ---- what both sides had in common ---- */

/* The revision that --base names, of the same database. */
static int open_named(struct transfer *self, struct err *err)
{
	const char *const texts[2] = { self->sides[OLD].label,
				       self->options->base };
	struct side sides[2];

	if (workspace_resolve_both(&self->workspace, sides, texts, err) == 0 &&
	    workspace_open(&self->workspace, &sides[1], &self->named_base,
			   err) < 0)
		err_context(err, "the base");
	side_release(&sides[0]);
	self->base_side = sides[1];
	return err->code;
}

/* The pair's own, of this very file and this very database. */
static int open_pair(struct transfer *self, struct err *err)
{
	const struct side *local = &self->sides[NEW];
	const struct repository *repository;

	if (local->endpoint.kind != ENDPOINT_LOCAL ||
	    access(local->database->local_path, F_OK) < 0 ||
	    !d1config_tracks_any(&self->workspace.project.d1config))
		return 0;
	if (workspace_repository(&self->workspace, &repository, err) < 0) {
		if (err->code == D1_ENOTFOUND)
			err_clear(err);
		return err->code;
	}
	self->has_pair = true;
	return pairbase_open(&self->pair, repository,
			     local->database->local_path,
			     self->sides[OLD].remote_id, err);
}

int transfer_open_base(struct transfer *self, struct err *err)
{
	if (open_pair(self, err) < 0 ||
	    (self->options->base && open_named(self, err) < 0))
		return err->code;
	self->base = self->options->base      ? self->named_base
		     : self->options->no_base ? NULL
					      : self->pair.source;
	return 0;
}

/* The pair's base may hold a table that is tracked no more. */
bool transfer_is_based(void *context, const char *table)
{
	const struct transfer *self = context;

	return self->base == self->named_base || is_tracked(context, table);
}

/* ---- the next base ---- */

bool transfer_has_tracked(const struct transfer *self)
{
	for (size_t i = 0; i < changes_tables(self->differences); i++)
		if (tracks(self, changes_table(self->differences, i)->name))
			return true;
	return false;
}

/* What was not compared, or may not be as it was written, moves nothing. */
bool transfer_may_move_refs(const struct transfer *self)
{
	return self->has_pair && transfer_has_tracked(self) &&
	       !self->options->where && !self->options->manner.fire_triggers;
}

static void warn(struct err *err, const char *what)
{
	err_context(err, "%s cannot be noted", what);
	report_warning_err(err);
}

static int prepare_base(struct transfer *self, struct err *err)
{
	struct pairbase_rows rows = {
		.local = self->sources[NEW],
		.label = self->sides[NEW].label,
		.steps = self->common,
		.choice = &self->choice,
		.tracked = is_tracked,
		.context = self,
	};

	return pairbase_prepare(&self->pair, &rows, err);
}

/* ---- the tracking ref ---- */

static bool has_same_columns(const struct table *a, const struct table *b)
{
	if (a->ncolumns != b->ncolumns || a->kind != b->kind)
		return false;
	for (size_t i = 0; i < a->ncolumns; i++)
		if (strcmp(a->columns[i].name, b->columns[i].name) != 0 ||
		    a->columns[i].unreadable || b->columns[i].unreadable)
			return false;
	return true;
}

/* True if all that a snapshot of the remote table holds was compared. */
static bool is_known(struct transfer *self, const struct table *remote)
{
	const struct table *local =
		schema_table(self->sources[NEW]->schema, remote->name);
	const struct pair_rules *rules;
	struct err err = ERR_INIT;
	bool compared = false;

	for (size_t i = 0; i < changes_tables(self->differences); i++)
		compared = compared ||
			   strcmp(changes_table(self->differences, i)->name,
				  remote->name) == 0;
	return compared && local && has_same_columns(local, remote) &&
	       table_choice_rules(&self->choice, remote->name, &rules, &err) ==
		       0 &&
	       !rules->key && !rules->ignore && !rules->mask;
}

static bool is_remote_known(struct transfer *self)
{
	const struct schema *schema = self->sources[OLD]->schema;

	for (size_t i = 0; i < schema->ntables; i++)
		if (is_tracked(self, schema->tables[i].name) &&
		    !is_known(self, &schema->tables[i]))
			return false;
	return true;
}

static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	struct transfer *self = context;

	return table_choice_rules(&self->choice, table, rules, err);
}

/*
 * The remote rows are the local ones but for what differs: so nothing is
 * downloaded again for the snapshot of them.
 */
static int prepare_tracking(struct transfer *self, struct err *err)
{
	struct snapshot_writing writing = {
		.label = self->sides[OLD].label,
		.tracked = is_tracked,
		.rules = rules_of,
		.context = self,
	};
	struct source *overlay = NULL;

	if (overlay_open(&overlay, self->sources[NEW], self->sources[OLD],
			 self->remote_after, err) < 0 ||
	    tree_sink_open(&self->tracking, self->pair.repository, err) < 0)
		goto out;
	writing.source = overlay;
	if (snapshot_write(&writing, self->tracking, NULL, err) == 0)
		(void)!filesink_publish(self->tracking, err);
out:
	source_close(overlay);
	if (err->code) {
		filesink_close(self->tracking);
		self->tracking = NULL;
	}
	return err->code;
}

static int open_tree_sink(void *context, struct filesink **sink,
			  struct err *err)
{
	const struct transfer *self = context;

	return tree_sink_open(sink, self->pair.repository, err);
}

/* The tracked tables, from the remote database itself. */
static int fetch_tracking(struct transfer *self, struct err *err)
{
	const struct snapshot_target target = { .open = open_tree_sink,
						.context = self };

	return snapshots_take(&self->workspace, &self->sides[OLD], &target,
			      &self->tracking, err);
}

static int move_tracking(struct transfer *self, struct err *err)
{
	struct trackingref *tracking = &self->reported;

	if (self->tracking || fetch_tracking(self, err) == 0)
		(void)!trackingref_update(tracking, self->pair.repository,
					  &self->sides[OLD],
					  tree_sink_id(self->tracking),
					  self->applications[NEW].command, err);
	return err->code;
}

/* ---- both ---- */

void transfer_prepare_refs(struct transfer *self)
{
	struct err err = ERR_INIT;

	if (!transfer_may_move_refs(self))
		return;
	progress_begin("noting", NULL, 0);
	if (prepare_base(self, &err) < 0)
		warn(&err, "what both sides have in common");
	err_clear(&err);
	/* what fails here may still be fetched */
	if (is_remote_known(self))
		(void)!prepare_tracking(self, &err);
	progress_end();
}

static int keep_base(struct transfer *self, struct err *err)
{
	struct err failed = ERR_INIT;
	int64_t keep;

	if (pairbase_keep(&self->pair, self->applications[NEW].command, err) <
	    0)
		return err->code;
	if (backup_read_keep(&self->workspace, &keep, &failed) < 0 ||
	    pairbase_prune(&self->pair, keep, &failed) < 0)
		report_warning_err(&failed);
	return 0;
}

void transfer_move_refs(struct transfer *self)
{
	struct err err = ERR_INIT;

	if (!transfer_may_move_refs(self))
		return;
	if (self->pair.sink && keep_base(self, &err) < 0)
		warn(&err, "what both sides have in common");
	err_clear(&err);
	if (move_tracking(self, &err) < 0)
		warn(&err, "what the remote database holds");
}
