#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/restoration.h"
#include "model/name.h"
#include "render/name.h"
#include "util/interrupt.h"
#include "util/path.h"
#include "util/progress.h"
#include "workspace/report.h"
#include "workspace/spool.h"
#include "workspace/workspace.h"

enum { MAX_OUTPUT = 1 << 24 };

struct restore_options {
	const char *to;
	bool force, dry_run;
	struct workspace_options workspace;
};

static const struct restore_options restore_defaults = { .to = "local" };

static const struct option_spec restore_specs[] = {
	OPTION_STRING(0, "to", struct restore_options, to, "endpoint",
		      "restore into this database, not into local"),
	OPTION_FLAG('f', "force", struct restore_options, force,
		    "take all rows of the snapshot, whatever is lost"),
	OPTION_FLAG('n', "dry-run", struct restore_options, dry_run,
		    "only show what would be done"),
	WORKSPACE_PROGRESS(struct restore_options, workspace.),
	WORKSPACE_OPTIONS(struct restore_options, workspace.),
	OPTION_END
};

static const char *const restore_usage[] = {
	"git d1 restore [<options>] [<revision> | snapshot] [-- <table>...]",
	NULL
};

/* A call of the command while it runs. */
struct restore {
	const struct restore_options *options;
	struct workspace workspace;
	struct side side;
	char *path; /* of the file that is written */
	const struct database *database;
	struct repository repository;
	bool has_repository;
	struct revision revision;
	struct backup backup;
	struct restoration restoration;
};

/* ---- where to ---- */

/* A text that may be the path of a file that is to be made. */
static bool may_be_new(const char *text)
{
	return strchr(text, '/') || strchr(text, '.');
}

static int take_new_path(struct restore *restore, struct err *err)
{
	const char *text = restore->options->to;

	err_clear(err);
	side_release(&restore->side);
	restore->side.endpoint.kind = ENDPOINT_FILE;
	restore->side.endpoint.path = strdup(text);
	restore->side.label = strdup(text);
	if (!restore->side.endpoint.path || !restore->side.label)
		return err_set_nomem(err);
	return 0;
}

/* Of several databases one can only be named as the target. */
static int hint_database(const struct restore *restore, struct err *err)
{
	const struct project *project = &restore->workspace.project;
	size_t used = strlen(err->hint);

	if (err->code == D1_ERROR && project->count > 1 &&
	    strcmp(restore->options->to, "local") == 0)
		snprintf(err->hint + used, sizeof(err->hint) - used,
			 "%sas in: git d1 restore --to %s/local",
			 used > 0 ? "\n" : "", project->databases[0].name);
	return err->code;
}

static int find_target(struct restore *restore, struct err *err)
{
	struct workspace *workspace = &restore->workspace;
	struct side *side = &restore->side;
	const char *text = restore->options->to;

	if (workspace_project(workspace, err) < 0)
		return err->code;
	if (workspace_resolve(workspace, side, text, err) < 0 &&
	    (err->code != D1_ENOTFOUND || !may_be_new(text) ||
	     take_new_path(restore, err) < 0))
		return hint_database(restore, err);
	switch (side->endpoint.kind) {
	case ENDPOINT_LOCAL:
		restore->database = side->database;
		restore->path = strdup(side->database->local_path);
		if (side_check_local(workspace, side->database, err) < 0)
			return err->code;
		break;
	case ENDPOINT_FILE:
		if (side_refuse_patch(side, err) < 0 ||
		    project_find(&restore->database, &workspace->project, NULL,
				 NULL, err) < 0)
			return err->code;
		restore->path =
			path_resolve(workspace->dir, side->endpoint.path);
		break;
	default:
		return err_set(err, D1_EREFUSED,
			       "restore writes local databases, and '%s' is "
			       "none",
			       text);
	}
	return restore->path ? 0 : err_set_nomem(err);
}

/* ---- where from ---- */

static int open_repository(struct restore *restore, struct err *err)
{
	const char *dir = restore->workspace.project.wrangler.dir;

	if (repository_open(&restore->repository, dir, err) == 0)
		restore->has_repository = true;
	else if (err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int find_revision(struct restore *restore,
			 const struct option_words *words, struct err *err)
{
	const char *name = words->count > 0 ? words->words[0] : "HEAD";

	if (words->count > 1)
		return err_set(
			err, D1_EUSAGE,
			"only one revision can be restored; tables stand "
			"after --");
	if (open_repository(restore, err) < 0)
		return err->code;
	return revision_find(&restore->revision, name,
			     restore->has_repository ? &restore->repository
						     : NULL,
			     &restore->workspace.project, restore->database,
			     err);
}

/* ---- what is said ---- */

static void add_migrations(struct buf *out,
			   const struct restoration *restoration)
{
	const struct migrations *migrations = &restoration->migrations;
	size_t left = restoration->applied;

	for (size_t i = 0; i < migrations->count && left > 0; i++) {
		const char *name = migrations->names[i];

		if (!restoration->made &&
		    ledger_has(&restoration->ledger, name))
			continue;
		buf_add_string(out, "applied ");
		name_add_text(out, name);
		buf_add_char(out, '\n');
		left--;
	}
}

static void add_table(struct buf *out, const struct restoration *restoration,
		      const struct restored_table *table)
{
	const struct changes *changes = restoration->changes;
	uint64_t counts[3] = { table->rows, 0, 0 };

	if (table->compared) {
		counts[0] =
			changes_count(changes, table->changes, CHANGE_INSERT);
		counts[1] =
			changes_count(changes, table->changes, CHANGE_UPDATE);
		counts[2] =
			changes_count(changes, table->changes, CHANGE_DELETE);
	}
	if (counts[0] + counts[1] + counts[2] > 0) {
		name_add(out, table->name);
		buf_add_format(out,
			       ": %llu inserted, %llu updated, %llu deleted\n",
			       (unsigned long long)counts[0],
			       (unsigned long long)counts[1],
			       (unsigned long long)counts[2]);
	}
	if (table->kept > 0) {
		name_add(out, table->name);
		buf_add_format(out, ": %llu local change%s kept\n",
			       (unsigned long long)table->kept,
			       table->kept == 1 ? "" : "s");
	}
}

static int print_result(const struct restore *restore, struct err *err)
{
	const struct restoration *restoration = &restore->restoration;
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	add_migrations(&out, restoration);
	for (size_t i = 0; i < restoration->nrestored; i++)
		add_table(&out, restoration, &restoration->restored[i]);
	if (restoration_is_empty(restoration) && out.len == 0) {
		buf_add_string(&out, "already as in ");
		name_add_text(&out, restore->revision.name);
		buf_add_char(&out, '\n');
	}
	if (buf_check(&out, "the output", err) == 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return err->code;
}

/* Shows the rows that were listed. */
static int print_listing(const struct restore *restore, struct err *err)
{
	FILE *listing = restore->restoration.listing;

	if (listing && spool_show(listing, stdout, err) == 0)
		fflush(stdout);
	return err->code;
}

/* ---- the run ---- */

/* What is to be done, and then doing it; nothing is kept yet. */
static int plan(struct restoration *restoration, struct err *err)
{
	progress_begin("reading", NULL, 0);
	if (restoration_begin(restoration, err) == 0 &&
	    restoration_define(restoration, err) == 0)
		(void)!restoration_plan(restoration, err);
	progress_end();
	return err->code;
}

static int write_rows(struct restoration *restoration, struct err *err)
{
	progress_begin("restoring", NULL, 0);
	(void)!restoration_write(restoration, err);
	progress_end();
	return err->code;
}

static int carry_out(struct restore *restore, struct err *err)
{
	struct restoration *restoration = &restore->restoration;

	/* what will be lost is seen before it is */
	if (plan(restoration, err) < 0 || print_listing(restore, err) < 0 ||
	    write_rows(restoration, err) < 0)
		return err->code;
	if (restore->options->dry_run)
		return 0;
	return restoration_keep(restoration, err);
}

/*
 * Git takes no commands out of a clone: its owner registers the drivers that
 * the attributes name. A database that is made here is a sign of a new clone.
 */
static void hint_at_drivers(struct restore *restore)
{
	struct workspace *workspace = &restore->workspace;
	struct drivers drivers;
	struct err unknown = ERR_INIT;

	if (workspace->worktree && restore->restoration.made &&
	    workspace_git(workspace, &unknown) == 0 &&
	    workspace_drivers(workspace, &drivers, &unknown) == 0 &&
	    drivers.attributes == DRIVER_READY &&
	    (drivers.merge == DRIVER_MISSING ||
	     drivers.textconv == DRIVER_MISSING))
		report_hint("git does not know the drivers of this repository "
			    "yet, and merges data files as any text: git d1 "
			    "init registers them");
}

static int run(struct restore *restore, const struct invocation *call,
	       struct err *err)
{
	struct restoration *restoration = &restore->restoration;
	struct err shown = ERR_INIT;

	restore->backup = (struct backup){ .workspace = &restore->workspace,
					   .side = &restore->side,
					   .command = "git d1 restore" };
	*restoration = (struct restoration){
		.path = restore->path,
		.label = restore->side.label,
		.project = &restore->workspace.project,
		.database = restore->database,
		.revision = &restore->revision,
		.repository =
			restore->has_repository ? &restore->repository : NULL,
		.tables = &call->after,
		.force = restore->options->force,
		.backup = restore->options->dry_run ? NULL : &restore->backup,
	};
	if (!restore->options->dry_run)
		interrupt_begin(INTERRUPT_FILE, restore->side.label, NULL);
	(void)!carry_out(restore, err);
	interrupt_end();
	if (!err->code && print_result(restore, err) == 0 &&
	    !restore->options->dry_run)
		hint_at_drivers(restore);
	else if (err->code == D1_ECONFLICT || err->code == D1_EREFUSED)
		(void)!print_listing(restore, &shown);
	if (restore->options->dry_run && !err->code)
		report_hint("nothing was written, because of --dry-run");
	restoration_end(restoration);
	return err->code;
}

static int restore_run(const struct invocation *call, struct err *err)
{
	const struct restore_options *options = call->options;
	struct restore restore = { .options = options,
				   .repository = REPOSITORY_INIT };

	workspace_init(&restore.workspace, &options->workspace);
	if (find_target(&restore, err) == 0 &&
	    find_revision(&restore, &call->arguments, err) == 0)
		(void)!run(&restore, call, err);
	revision_release(&restore.revision);
	repository_close(&restore.repository);
	free(restore.path);
	side_release(&restore.side);
	workspace_release(&restore.workspace);
	return err->code;
}

const struct command command_restore = {
	.name = "restore",
	.summary = "make a local database like the snapshot in a commit",
	.usage = restore_usage,
	.specs = restore_specs,
	.defaults = &restore_defaults,
	.options_size = sizeof(restore_defaults),
	.run = restore_run,
};
