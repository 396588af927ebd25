#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "migrate/nextname.h"
#include "migrate/replay.h"
#include "render/name.h"
#include "source/sqlite.h"
#include "util/filesink.h"
#include "workspace/migrationview.h"
#include "workspace/report.h"
#include "workspace/schemachange.h"

#include <sqlite3.h>

enum { MAX_TEXT = 1 << 28, MAX_NAME = 1 << 12 };

struct migrations_draft_options {
	const char *from;
	bool dry_run;
	struct schemachange_options change;
	struct workspace_options workspace;
};

static const struct migrations_draft_options draft_defaults = {
	.change = { .for_wrangler = true },
};

static const struct option_spec draft_specs[] = {
	OPTION_STRING(0, "from", struct migrations_draft_options, from,
		      "endpoint", "make the schema of this endpoint or file"),
	OPTION_FLAG('n', "dry-run", struct migrations_draft_options, dry_run,
		    "print the migration, and write no file"),
	SCHEMACHANGE_OPTIONS(struct migrations_draft_options, change.),
	WORKSPACE_OPTIONS(struct migrations_draft_options, workspace.),
	OPTION_END
};

static const char *const draft_usage[] = {
	"git d1 migrations draft [<options>] [--from <endpoint>] <name>", NULL
};

struct drafting {
	const struct migrations_draft_options *options;
	const char *name; /* as it was given */
	struct workspace workspace;
	struct schemaside wanted;
	struct schemaside replayed;
	struct renames renames;
	struct migration_view view; /* whose migrations */
	struct replay *replay;
	struct schemaplan plan;
};

/* ---- what is wanted, and what there is ---- */

static int read_wanted(struct drafting *self, struct err *err)
{
	const char *from = self->options->from ? self->options->from : "local";

	if (workspace_resolve(&self->workspace, &self->wanted.side, from, err) <
		    0 ||
	    schemaside_read(&self->workspace, &self->wanted, &self->renames,
			    err) < 0)
		return err->code;
	return schemachange_add_renames(&self->renames, &self->options->change,
					err);
}

/* Its migrations are those of the worktree, whatever the side is. */
static int find_migrations(struct drafting *self, struct err *err)
{
	const struct side *side = &self->wanted.side;
	char *local = NULL;

	if (asprintf(&local, "%s%slocal", side->name ? side->name : "",
		     side->name ? "/" : "") < 0)
		return err_set_nomem(err);
	(void)!migration_view_find(&self->view, &self->workspace, local, err);
	free(local);
	return err->code;
}

/* What is pending there would be taken for something to be undone. */
static int refuse_pending(struct drafting *self, struct err *err)
{
	const struct migrations *migrations = &self->view.migrations;
	const char *label = self->wanted.side.label;
	struct ledger ledger = { .count = 0 };

	if (!self->wanted.source)
		return 0;
	if (ledger_read(&ledger, self->wanted.source,
			self->view.database->migrations_table, err) < 0 ||
	    !ledger.exists)
		goto out;
	for (size_t i = 0; i < migrations->count; i++) {
		if (ledger_has(&ledger, migrations->names[i]))
			continue;
		err_set(err, D1_EREFUSED, "%s is not applied to %s",
			migrations->names[i], label);
		err_hint(err, "git d1 migrations apply %s", label);
	}
out:
	ledger_release(&ledger);
	return err->code;
}

/*
 * The replay has a ledger. What is wanted may have it as well; if not, it is no
 * part of the change.
 */
static int hide_ledger(struct drafting *self, struct err *err)
{
	const char *table = self->view.database->migrations_table;

	if (blueprint_find(&self->wanted.blueprint, table, false))
		return 0;
	return replay_drop_ledger(self->replay, err);
}

static int replay_all(struct drafting *self, struct err *err)
{
	const struct migration_view *view = &self->view;
	struct source *source = NULL;

	if (replay_open(&self->replay, view->database->migrations_table, err) <
	    0)
		return err->code;
	for (size_t i = 0; i < view->migrations.count; i++)
		if (replay_file(self->replay, view->files,
				view->revision.migrations_label,
				view->migrations.names[i], err) < 0)
			return err->code;
	blueprint_init(&self->replayed.blueprint, "the migrations");
	if (hide_ledger(self, err) < 0 ||
	    sqlite_wrap(&source, replay_database(self->replay),
			SQLITE_HANDLE_BORROWED, "the migrations", err) < 0)
		return err->code;
	/* its rows are not those that the migration will meet */
	if (blueprint_add_source(&self->replayed.blueprint, source, err) == 0)
		(void)!blueprint_finish(&self->replayed.blueprint, err);
	source_close(source);
	return err->code;
}

/* ---- the file ---- */

/* As `wrangler d1 migrations create` begins one. */
static int add_head(struct buf *out, const char *file, struct err *err)
{
	struct timespec now;
	char text[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return err_set(err, D1_ERROR, "the time cannot be told");
	buf_add_format(out, "-- Migration number: %.*s \t %s.%03ldZ\n",
		       (int)strspn(file, "0123456789"), file, text,
		       now.tv_nsec / 1000000);
	return 0;
}

static int write_file(struct drafting *self, const char *file,
		      const struct buf *text, struct err *err)
{
	struct filesink *sink = NULL;
	enum file_news news;

	if (directory_sink_open(&sink, self->view.revision.migrations, false,
				err) == 0 &&
	    filesink_begin(sink, file, err) == 0 &&
	    filesink_write(sink, text->data, text->len, err) == 0 &&
	    filesink_end(sink, &news, err) == 0)
		(void)!filesink_publish(sink, err);
	filesink_close(sink);
	return err->code;
}

static void print_path(const struct drafting *self, const char *file)
{
	struct buf line;

	buf_init(&line, (size_t)4 * MAX_NAME);
	name_add_text(&line, self->view.revision.migrations_label);
	buf_add_char(&line, '/');
	name_add_text(&line, file);
	buf_add_char(&line, '\n');
	if (!line.failed)
		fputs(line.data, stdout);
	buf_release(&line);
}

static int make_file(struct drafting *self, const char *file, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (add_head(&text, file, err) < 0)
		goto out;
	schemachange_add_sql(&text, &self->plan);
	if (buf_check(&text, "a migration", err) < 0)
		goto out;
	schemachange_warn(&self->plan);
	if (self->options->dry_run) {
		fwrite(text.data, 1, text.len, stdout);
		goto out;
	}
	if (write_file(self, file, &text, err) == 0) {
		print_path(self, file);
		if (self->plan.count == 0)
			report_hint("nothing differs: the migration is empty");
	}
out:
	buf_release(&text);
	return err->code;
}

/* ---- the run ---- */

static int run(struct drafting *self, struct err *err)
{
	struct buf file;

	buf_init(&file, MAX_NAME);
	if (read_wanted(self, err) == 0 && find_migrations(self, err) == 0 &&
	    refuse_pending(self, err) == 0 &&
	    migrations_next_name(&file, &self->view.migrations,
				 self->view.pattern, self->name, err) == 0 &&
	    replay_all(self, err) == 0 &&
	    schemachange_plan(&self->plan, &self->replayed, &self->wanted,
			      &self->renames, &self->options->change, NULL,
			      err) == 0)
		(void)!make_file(self, file.data, err);
	buf_release(&file);
	return err->code;
}

static int draft_run(const struct invocation *call, struct err *err)
{
	struct drafting self = { .options = call->options };

	if (call->arguments.count != 1 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "a migration is drafted with one name");
	self.name = call->arguments.words[0];
	workspace_init(&self.workspace, &self.options->workspace);
	(void)!run(&self, err);
	schemaplan_release(&self.plan);
	blueprint_release(&self.replayed.blueprint);
	replay_close(self.replay);
	migration_view_release(&self.view);
	renames_release(&self.renames);
	schemaside_close(&self.wanted);
	workspace_release(&self.workspace);
	return err->code;
}

const struct command command_migrations_draft = {
	.name = "draft",
	.summary = "write the migration that leads to a schema",
	.usage = draft_usage,
	.specs = draft_specs,
	.defaults = &draft_defaults,
	.options_size = sizeof(draft_defaults),
	.run = draft_run,
};
