#include "config.h"

#include "cmd/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd/stocktaking.h"
#include "hooks/installation.h"
#include "util/path.h"
#include "workspace/report.h"
#include "workspace/tables.h"

static int keep_side_error(struct stocktaking *survey, int side,
			   const struct err *found, struct err *err)
{
	struct status_side *kept = &survey->entry->sides[side];

	return stocktaking_keep_error(&kept->message, &kept->hint,
				      survey->arena, found, err);
}

/* ---- sides ---- */

static int describe_side(struct stocktaking *survey, int side, struct err *err)
{
	const struct database *database = survey->entry->database;
	const char *word = side == STATUS_LOCAL ? "local" : "remote";
	const char *environment = database->environment;
	struct side *described = &survey->sides[side];

	described->database = database;
	described->endpoint.kind =
		side == STATUS_LOCAL ? ENDPOINT_LOCAL : ENDPOINT_REMOTE;
	if (asprintf(&described->label, "%s/%s%s%s", database->name, word,
		     environment ? "@" : "",
		     environment ? environment : "") < 0) {
		described->label = NULL;
		return err_set_nomem(err);
	}
	return stocktaking_keep(&survey->entry->labels[side], survey->arena,
				described->label, err);
}

static enum status_side_state state_of_error(enum d1_error code)
{
	switch (code) {
	case D1_EAUTH:
		return SIDE_DENIED;
	case D1_EUNREACHABLE:
		return SIDE_UNREACHABLE;
	case D1_ENOTFOUND:
		return SIDE_MISSING;
	default:
		return SIDE_FAILED;
	}
}

static int try_to_open(struct stocktaking *survey, int side, struct err *err)
{
	struct workspace *workspace = survey->workspace;
	struct side *opened = &survey->sides[side];

	if (side == STATUS_REMOTE &&
	    project_remote_id(&opened->remote_id, &workspace->project,
			      opened->database, false, err) < 0)
		return err->code;
	return workspace_open(workspace, opened, &survey->sources[side], err);
}

static int open_side(struct stocktaking *survey, int side, struct err *err)
{
	struct status_side *state = &survey->entry->sides[side];
	struct err found = ERR_INIT;

	if (describe_side(survey, side, err) < 0)
		return err->code;
	if (side == STATUS_REMOTE && survey->options->offline) {
		state->state = SIDE_OFFLINE;
		return stocktaking_keep(&state->message, survey->arena,
					"not asked, because of --offline", err);
	}
	if (try_to_open(survey, side, &found) == 0)
		return 0;
	state->state = state_of_error(found.code);
	if (side == STATUS_REMOTE && !survey->sides[side].remote_id)
		state->state = SIDE_MISSING;
	if (keep_side_error(survey, side, &found, err) < 0)
		return err->code;
	/* its path is shown anyway */
	if (side == STATUS_LOCAL && state->state == SIDE_MISSING)
		return stocktaking_keep(&state->message, survey->arena,
					"does not exist", err);
	return 0;
}

/* ---- tables ---- */

static struct status_table *find_table(const struct status_database *entry,
				       const char *name)
{
	for (size_t i = 0; i < entry->ntables; i++)
		if (strcasecmp(entry->tables[i].name, name) == 0)
			return &entry->tables[i];
	return NULL;
}

static int add_table(struct stocktaking *survey, const struct table *table,
		     struct table_choice *choice, int side, struct err *err)
{
	struct status_database *entry = survey->entry;
	struct status_table *added = find_table(entry, table->name);

	if (!added) {
		added = &entry->tables[entry->ntables];
		if (stocktaking_keep(&added->name, survey->arena, table->name,
				     err) < 0 ||
		    stocktaking_keep(&added->reason, survey->arena,
				     table->reason, err) < 0)
			return err->code;
		entry->ntables++;
		added->state = TABLE_NOT_COMPARED;
		if (table->kind == TABLE_DERIVED)
			added->state = TABLE_LISTED;
		if (!table_choice_wants(choice, table->name))
			added->state = TABLE_EXCLUDED;
	}
	added->there[side] = true;
	return 0;
}

static int order_tables(const void *a, const void *b)
{
	const struct status_table *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* Lists the tables of the sides that were reached, each name once. */
static int list_tables(struct stocktaking *survey, struct table_choice *choice,
		       struct err *err)
{
	struct status_database *entry = survey->entry;
	size_t total = 1;

	for (int side = OLD; side <= NEW; side++)
		if (survey->sources[side])
			total += survey->sources[side]->schema->ntables;
	entry->tables =
		arena_array(survey->arena, total, sizeof(*entry->tables));
	if (!entry->tables)
		return err_set_nomem(err);
	for (int side = NEW; side >= OLD; side--) {
		const struct schema *schema =
			survey->sources[side] ? survey->sources[side]->schema
					      : NULL;

		for (size_t i = 0; schema && i < schema->ntables; i++)
			if (add_table(survey, &schema->tables[i], choice, side,
				      err) < 0)
				return err->code;
	}
	if (entry->ntables > 0)
		qsort(entry->tables, entry->ntables, sizeof(*entry->tables),
		      order_tables);
	return 0;
}

/* ---- drift ---- */

struct tally {
	struct change_sink sink;
	struct stocktaking *survey;
};

/* What a comparison has counted need not be counted again. */
static void take_counts(struct status_table *table,
			const struct table_counts *counts)
{
	uint64_t common = counts->updated + counts->unchanged;

	table->state = TABLE_COMPARED;
	memcpy(table->buckets, counts->buckets, sizeof(table->buckets));
	table->rows[OLD] = common + counts->deleted;
	table->rows[NEW] = common + counts->inserted;
	for (int side = OLD; side <= NEW; side++)
		table->counted[side] = table->there[side];
}

static int tally_end_table(struct change_sink *sink,
			   const struct table_pair *pair,
			   const struct table_counts *counts, struct err *err)
{
	struct stocktaking *survey = ((struct tally *)sink)->survey;
	struct status_table *table = find_table(survey->entry, pair->name);

	if (!table)
		return err_set(err, D1_ERROR, "no side has a table '%s'",
			       pair->name);
	if (pair->reason) {
		table->state =
			pair->derived ? TABLE_LISTED : TABLE_NOT_COMPARED;
		if (stocktaking_keep(&table->reason, survey->arena,
				     pair->reason, err) < 0 ||
		    stocktaking_keep(&table->hint, survey->arena, pair->remedy,
				     err) < 0)
			return err->code;
		return SINK_MORE;
	}
	take_counts(table, counts);
	table->columns_differ =
		pair->sides[OLD].table && pair->sides[NEW].table &&
		(pair->sides[OLD].nonly > 0 || pair->sides[NEW].nonly > 0);
	if (stocktaking_keep(&table->reason, survey->arena, pair->unreadable,
			     err) < 0)
		return err->code;
	return SINK_MORE;
}

static bool both_reached(const struct stocktaking *survey)
{
	return survey->sources[OLD] && survey->sources[NEW];
}

static int compare_sides(struct stocktaking *survey,
			 struct table_choice *choice, struct err *err)
{
	struct status_database *entry = survey->entry;
	struct tally tally = { .sink = { .end_table = tally_end_table },
			       .survey = survey };
	const struct comparison comparison = {
		.sources = { survey->sources[OLD], survey->sources[NEW] },
		.labels = { entry->labels[OLD], entry->labels[NEW] },
		.rules = table_choice_rules,
		.wanted = table_choice_wants,
		.context = choice,
	};
	struct comparison_result result;
	struct err found = ERR_INIT;

	if (survey->options->no_drift)
		return stocktaking_keep(&entry->message, survey->arena,
					"because of --no-drift", err);
	if (compare_sources(&comparison, &tally.sink, &result, &found) < 0)
		return stocktaking_keep_error(&entry->message, &entry->hint,
					      survey->arena, &found, err);
	return 0;
}

/* Was it one state of the database that all of this is about? */
static int check_state(struct stocktaking *survey, struct err *err)
{
	for (int side = OLD; side <= NEW; side++) {
		struct err found = ERR_INIT;
		bool same = true;

		if (!survey->sources[side])
			continue;
		if (source_verify(survey->sources[side], &same, &found) < 0 &&
		    keep_side_error(survey, side, &found, err) < 0)
			return err->code;
		if (!same)
			survey->entry->moved = true;
	}
	return 0;
}

/* ---- counting ---- */

/* Tables of one side whose rows are still to be counted. */
struct uncounted {
	const struct table **tables;
	struct status_table **entries;
	uint64_t *rows;
	size_t count;
};

static void find_uncounted(struct uncounted *uncounted,
			   const struct stocktaking *survey, int side)
{
	const struct schema *schema = survey->sources[side]->schema;

	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *table = &schema->tables[i];
		struct status_table *entry =
			find_table(survey->entry, table->name);

		if (entry->counted[side] || entry->state == TABLE_EXCLUDED ||
		    (table->kind != TABLE_PLAIN &&
		     table->kind != TABLE_VIRTUAL))
			continue;
		uncounted->tables[uncounted->count] = table;
		uncounted->entries[uncounted->count++] = entry;
	}
}

static int count_rows(struct stocktaking *survey, int side, struct err *err)
{
	struct source *source = survey->sources[side];
	struct arena arena = ARENA_INIT;
	struct err found = ERR_INIT;
	size_t total = source->schema->ntables + 1;
	struct uncounted uncounted = {
		.tables = arena_array(&arena, total, sizeof(void *)),
		.entries = arena_array(&arena, total, sizeof(void *)),
		.rows = arena_array(&arena, total, sizeof(uint64_t)),
	};

	if (!uncounted.tables || !uncounted.entries || !uncounted.rows) {
		err_set_nomem(err);
		goto out;
	}
	find_uncounted(&uncounted, survey, side);
	if (uncounted.count == 0)
		goto out;
	if (source_count(source, uncounted.rows, uncounted.tables,
			 uncounted.count, &found) < 0) {
		(void)!keep_side_error(survey, side, &found, err);
		goto out;
	}
	for (size_t i = 0; i < uncounted.count; i++) {
		uncounted.entries[i]->rows[side] = uncounted.rows[i];
		uncounted.entries[i]->counted[side] = true;
	}
out:
	arena_release(&arena);
	return err->code;
}

/* ---- databases ---- */

static int look_at_tables(struct stocktaking *survey, struct err *err)
{
	const struct option_words all = { .count = 0 };
	struct table_choice choice = {
		.config = &survey->workspace->project.d1config,
		.database = survey->entry->database->name,
		.named = &all,
	};

	if (workspace_mask_key(survey->workspace, &choice.mask_key, err) < 0 ||
	    list_tables(survey, &choice, err) < 0 ||
	    (both_reached(survey) && compare_sides(survey, &choice, err) < 0))
		goto out;
	for (int side = OLD; side <= NEW; side++)
		if (survey->sources[side] && count_rows(survey, side, err) < 0)
			goto out;
	(void)!check_state(survey, err);
out:
	table_choice_release(&choice);
	return err->code;
}

/* Who we were to the remote, whether it liked that or not. */
static int describe_access(struct stocktaking *survey, struct err *err)
{
	struct status_database *entry = survey->entry;
	const struct d1_client *client = survey->sides[STATUS_REMOTE].client;

	if (!client)
		return 0;
	if (stocktaking_keep(&entry->credentials, survey->arena,
			     workspace_token_origin(survey->workspace, client),
			     err) < 0)
		return err->code;
	/* the catalogue was read, which no token without it can do */
	if (survey->sources[STATUS_REMOTE])
		entry->permission = "D1 Read";
	return 0;
}

/* A commit that cannot be read does not keep the rest from being shown. */
static void look_at_protection(struct status_database *entry,
			       struct workspace *workspace)
{
	struct err unread = ERR_INIT;

	if (workspace_is_protected(&entry->is_protected, workspace,
				   entry->database, &unread) == 0)
		return;
	report_warning_err(&unread);
	entry->is_protected =
		project_is_protected(&workspace->project, entry->database);
}

static int look_at(struct status_database *entry, struct workspace *workspace,
		   const struct inventory_options *options, struct arena *arena,
		   struct err *err)
{
	struct stocktaking survey = { .workspace = workspace,
				      .options = options,
				      .arena = arena,
				      .entry = entry };

	look_at_protection(entry, workspace);
	if (open_side(&survey, STATUS_LOCAL, err) < 0 ||
	    open_side(&survey, STATUS_REMOTE, err) < 0 ||
	    describe_access(&survey, err) < 0)
		goto out;
	if (look_at_tables(&survey, err) < 0 ||
	    stocktaking_migrations(&survey, err) < 0 ||
	    stocktaking_snapshot(&survey, err) < 0)
		goto out;
	(void)!stocktaking_pending(&survey, err);
out:
	for (int side = OLD; side <= NEW; side++) {
		source_close(survey.sources[side]);
		side_release(&survey.sides[side]);
	}
	return err->code;
}

/* The databases to look at; entries that stand for the same count once. */
static int choose_databases(struct status_report *report,
			    struct project *project, const char *name,
			    struct err *err)
{
	report->databases = arena_array(&report->arena, project->count + 1,
					sizeof(*report->databases));
	if (!report->databases)
		return err_set_nomem(err);
	if (name || project->count == 0) {
		report->count = 1;
		return project_find(&report->databases[0].database, project,
				    name, NULL, err);
	}
	for (size_t i = 0; i < project->count; i++) {
		const struct database *found;

		if (project_at(&found, project, i, err) < 0)
			return err->code;
		if (found)
			report->databases[report->count++].database = found;
	}
	return 0;
}

/* Whether git will run the drivers on the files of snapshots. */
static int look_at_drivers(struct status_report *report,
			   const struct workspace *workspace, struct err *err)
{
	struct err found = ERR_INIT;

	if (!workspace->worktree)
		return 0;
	if (workspace_drivers(workspace, &report->drivers, &found) == 0)
		report->has_drivers = true;
	else if (found.code == D1_ENOMEM)
		return err_set_nomem(err);
	else
		report_warning_err(&found);
	return 0;
}

static int take_hooks(struct status_report *report,
		      const struct hook_looks *looks, struct err *err)
{
	report->hooks = arena_array(&report->arena, HOOK_EVENTS,
				    sizeof(*report->hooks));
	if (!report->hooks)
		return err_set_nomem(err);
	report->nhooks = HOOK_EVENTS;
	for (int i = 0; i < HOOK_EVENTS; i++) {
		enum hook_state state = looks->events[i].state;

		report->hooks[i] = (struct status_hook){
			.event = hook_event_name((enum hook_event)i),
			.state = hook_state_name(state),
			.runs = hook_state_runs(state),
		};
	}
	return 0;
}

/* What git runs at its events. */
static int look_at_hooks(struct status_report *report,
			 struct workspace *workspace, struct err *err)
{
	struct hook_place place = HOOK_PLACE_INIT;
	struct hook_looks looks = { .events = { { .path = NULL } } };
	struct err found = ERR_INIT;

	if (!workspace->worktree)
		return 0;
	if (workspace_git(workspace, &found) == 0 &&
	    hook_place_find(&place, workspace->dir, &found) == 0 &&
	    hooks_look(&looks, &place, &workspace->git, &found) == 0)
		(void)!take_hooks(report, &looks, err);
	else if (found.code == D1_ENOMEM)
		err_set_nomem(err);
	else
		report_warning_err(&found);
	hook_looks_release(&looks);
	hook_place_release(&place);
	return err->code;
}

int inventory_collect(struct status_report *report, struct workspace *workspace,
		      const struct inventory_options *options, struct err *err)
{
	struct project *project = &workspace->project;

	*report = (struct status_report){ .count = 0 };
	if (workspace_project(workspace, err) < 0)
		return err->code;
	report->config = project->wrangler.path;
	report->environment = project->environment;
	report->environment_origin = project->environment_origin;
	if (look_at_drivers(report, workspace, err) < 0 ||
	    look_at_hooks(report, workspace, err) < 0 ||
	    choose_databases(report, project, options->database, err) < 0)
		return err->code;
	for (size_t i = 0; i < report->count; i++)
		if (look_at(&report->databases[i], workspace, options,
			    &report->arena, err) < 0)
			return err->code;
	return 0;
}
