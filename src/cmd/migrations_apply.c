#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/name.h"
#include "workspace/migrating.h"
#include "workspace/rehearsing.h"
#include "workspace/report.h"

struct migrations_apply_options {
	bool dry_run;
	const char *rows;
	struct workspace_options workspace;
};

static const struct migrations_apply_options apply_defaults = { .dry_run =
									false };

static const struct option_spec apply_specs[] = {
	OPTION_FLAG('n', "dry-run", struct migrations_apply_options, dry_run,
		    "only show what would be done, also to rows"),
	OPTION_STRING(0, "rows", struct migrations_apply_options, rows,
		      "endpoint", "with --dry-run: try it on these rows"),
	WORKSPACE_OPTIONS(struct migrations_apply_options, workspace.),
	OPTION_END
};

static const char *const apply_usage[] = {
	"git d1 migrations apply [<options>] [<endpoint>]", NULL
};

enum { MAX_TEXT = 1 << 16 };

struct applying {
	const struct migrations_apply_options *options;
	struct workspace workspace;
	struct migration_view view;
	struct migrating migrating;
	const char **pending;
	size_t count;
};

/* ---- what is to be done ---- */

static int find_pending(struct applying *self, struct err *err)
{
	const struct migrations *migrations = &self->view.migrations;

	if (!self->view.files) {
		err_set(err, D1_ENOTFOUND, "there is no folder '%s'",
			self->view.revision.migrations_label);
		return err_hint(err, "git d1 migrations draft begins one");
	}
	self->pending = calloc(migrations->count + 1, sizeof(char *));
	if (!self->pending)
		return err_set_nomem(err);
	for (size_t i = 0; i < migrations->count; i++)
		if (!ledger_has(&self->view.ledger, migrations->names[i]))
			self->pending[self->count++] = migrations->names[i];
	return 0;
}

static bool has_missing(const struct migration_view *view)
{
	for (size_t i = 0; i < view->ledger.count; i++)
		if (!migrations_have(&view->migrations, view->ledger.names[i]))
			return true;
	return false;
}

/* A file that was renamed after it was applied would be run twice. */
static int refuse_renamed(struct applying *self, struct err *err)
{
	struct drift_question question;
	struct drift drift;

	if (!has_missing(&self->view))
		return 0;
	migration_view_question(&question, &self->view);
	if (drift_find(&drift, &question, err) == 0)
		for (size_t i = 0; i < drift.count; i++) {
			const struct drift_finding *finding =
				&drift.findings[i];

			if (!finding->original)
				continue;
			err_set(err, D1_EREFUSED,
				"'%s' is applied to %s as '%s', and would run "
				"a second time",
				finding->name, self->view.side.label,
				finding->original);
			err_hint(err, "give it its name back: %s",
				 finding->remedy);
		}
	drift_release(&drift);
	return err->code;
}

/* ---- doing it ---- */

static void print_line(const char *word, const char *name, const char *rest)
{
	struct buf line;

	buf_init(&line, MAX_TEXT);
	buf_add_format(&line, "%s ", word);
	name_add_text(&line, name);
	buf_add_format(&line, "%s\n", rest);
	if (!line.failed)
		fputs(line.data, stdout);
	buf_release(&line);
	/* each is a fact, whatever becomes of the next */
	fflush(stdout);
}

/* Which ones stay applied, though this one failed. */
static int explain_failure(const struct applying *self, size_t applied,
			   struct err *err)
{
	size_t used = strlen(err->hint);

	if (applied == 0)
		snprintf(err->hint + used, sizeof(err->hint) - used,
			 "%snothing was applied", used > 0 ? "\n" : "");
	else
		snprintf(err->hint + used, sizeof(err->hint) - used,
			 "%snothing of this migration was applied; before it: ",
			 used > 0 ? "\n" : "");
	for (size_t i = 0; i < applied; i++) {
		used = strlen(err->hint);
		snprintf(err->hint + used, sizeof(err->hint) - used, "%s%s",
			 i > 0 ? ", " : "", self->pending[i]);
	}
	return err->code;
}

static int run_all(struct applying *self, struct err *err)
{
	struct err unsettled = ERR_INIT;

	for (size_t i = 0; i < self->count; i++) {
		const char *name = self->pending[i];
		bool done;

		if (migrating_run(&self->migrating, name, &done, err) < 0) {
			if (!self->migrating.unknown)
				(void)!explain_failure(self, i, err);
			break;
		}
		print_line("applied", name,
			   done ? "" : ", by somebody else just now");
	}
	if (migrating_settle(&self->migrating, &unsettled) < 0 && !err->code)
		*err = unsettled;
	return err->code;
}

static int apply(struct applying *self, struct err *err)
{
	if (migrating_begin(&self->migrating, &self->view,
			    "git d1 migrations apply", err) == 0)
		(void)!run_all(self, err);
	migrating_end(&self->migrating);
	return err->code;
}

static int show(struct applying *self, struct err *err)
{
	for (size_t i = 0; i < self->count; i++)
		print_line("would apply", self->pending[i], "");
	return rehearsing_run(&self->view, self->options->rows, self->pending,
			      self->count, err);
}

/* ---- the run ---- */

static int run(struct applying *self, struct err *err)
{
	if (migration_view_open(&self->view, err) < 0 ||
	    find_pending(self, err) < 0 || refuse_renamed(self, err) < 0)
		return err->code;
	if (self->count == 0) {
		puts("nothing to apply");
		return 0;
	}
	return self->options->dry_run ? show(self, err) : apply(self, err);
}

static int apply_run(const struct invocation *call, struct err *err)
{
	struct applying self = { .options = call->options };

	if (call->arguments.count > 1 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "migrations are applied to one database");
	if (self.options->rows && !self.options->dry_run)
		return err_set(err, D1_EUSAGE, "--rows needs --dry-run");
	workspace_init(&self.workspace, &self.options->workspace);
	if (migration_view_find_target(&self.view, &self.workspace,
				       &call->arguments, err) == 0)
		(void)!run(&self, err);
	free(self.pending);
	migration_view_release(&self.view);
	workspace_release(&self.workspace);
	return err->code;
}

const struct command command_migrations_apply = {
	.name = "apply",
	.summary = "apply pending migrations to a database",
	.usage = apply_usage,
	.specs = apply_specs,
	.defaults = &apply_defaults,
	.options_size = sizeof(apply_defaults),
	.run = apply_run,
};
