#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

#include "render/name.h"
#include "workspace/migrating.h"
#include "workspace/report.h"

enum { MAX_TEXT = 1 << 24 };

struct migrations_baseline_options {
	const char *to;
	bool dry_run;
	struct workspace_options workspace;
};

static const struct migrations_baseline_options baseline_defaults = {
	.to = NULL
};

static const struct option_spec baseline_specs[] = {
	OPTION_STRING(0, "to", struct migrations_baseline_options, to, "name",
		      "note the migrations up to this one as applied"),
	OPTION_FLAG('n', "dry-run", struct migrations_baseline_options, dry_run,
		    "only show what would be done"),
	WORKSPACE_OPTIONS(struct migrations_baseline_options, workspace.),
	OPTION_END
};

static const char *const baseline_usage[] = {
	"git d1 migrations baseline [<options>] [--to <name>] [<endpoint>]",
	NULL
};

struct baselining {
	const struct migrations_baseline_options *options;
	struct workspace workspace;
	struct migration_view view;
	struct migrating migrating;
	size_t count; /* of the migrations that are to be noted */
};

/* ---- up to where ---- */

/* The migration that is called so, or is the only one that begins so. */
static int find_named(const struct baselining *self, size_t *place,
		      struct err *err)
{
	const struct migrations *migrations = &self->view.migrations;
	const char *to = self->options->to;
	size_t found = 0;

	for (size_t i = 0; i < migrations->count; i++) {
		const char *name = migrations->names[i];

		if (strncmp(name, to, strlen(to)) != 0)
			continue;
		found++;
		*place = i + 1;
		if (strcmp(name, to) == 0)
			return 0;
	}
	if (found == 1)
		return 0;
	return err_set(err, D1_EUSAGE,
		       found ? "'%s' is the beginning of several migrations"
			     : "there is no migration '%s'",
		       to);
}

static int refuse(const struct baselining *self, const char *name,
		  const struct drift_place *place, struct err *err)
{
	const struct migration_view *view = &self->view;

	if (name)
		err_set(err, D1_EREFUSED,
			"the schema of %s is not that after %s",
			view->side.label, name);
	else
		err_set(err, D1_EREFUSED,
			"the schema of %s is not that after any of the "
			"migrations",
			view->side.label);
	if (place->last > 0)
		return err_hint(err, "it is that after %s",
				view->migrations.names[place->last - 1]);
	return err_hint(err, "git d1 migrations status %s shows what differs",
			view->side.label);
}

/* Migrations that only change rows leave the place open. */
static int refuse_open_place(const struct baselining *self,
			     const struct drift_place *place, struct err *err)
{
	const char *const *names = self->view.migrations.names;

	err_set(err, D1_EREFUSED,
		"the schema of %s is that after %s, and also that after %s",
		self->view.side.label,
		place->first > 0 ? names[place->first - 1] : "none",
		names[place->last - 1]);
	return err_hint(err, "--to says how far the rows are");
}

static int find_place(struct baselining *self, struct err *err)
{
	struct migration_view *view = &self->view;
	struct drift_question question;
	struct drift_place place;
	size_t most = view->migrations.count;

	if (self->options->to && find_named(self, &most, err) < 0)
		return err->code;
	migration_view_question(&question, view);
	if (drift_match(&place, &question, most, err) < 0)
		return err->code;
	if (self->options->to && place.last != (long long)most)
		return refuse(self, view->migrations.names[most - 1], &place,
			      err);
	if (place.last <= 0)
		return refuse(self, NULL, &place, err);
	if (!self->options->to && place.first != place.last)
		return refuse_open_place(self, &place, err);
	self->count = (size_t)place.last;
	return 0;
}

/* ---- doing it ---- */

/* Prints what changes in the ledger; false if nothing does. */
static bool list(const struct baselining *self, struct buf *out)
{
	const struct migration_view *view = &self->view;

	for (size_t i = 0; i < view->migrations.count; i++) {
		const char *name = view->migrations.names[i];
		bool noted = ledger_has(&view->ledger, name);

		if (noted == (i < self->count))
			continue;
		buf_add_string(out, noted ? "not applied: " : "applied: ");
		name_add_text(out, name);
		buf_add_char(out, '\n');
	}
	return out->len > 0;
}

static int write_notes(struct baselining *self, struct err *err)
{
	struct err unsettled = ERR_INIT;

	if (migrating_begin(&self->migrating, &self->view,
			    "git d1 migrations baseline", err) == 0)
		(void)!migrating_note(&self->migrating, self->count, err);
	if (migrating_settle(&self->migrating, &unsettled) < 0 && !err->code)
		*err = unsettled;
	migrating_end(&self->migrating);
	return err->code;
}

static int note(struct baselining *self, struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (!list(self, &text)) {
		puts("nothing to note");
		goto out;
	}
	if (buf_check(&text, "the output", err) == 0 &&
	    (self->options->dry_run || write_notes(self, err) == 0))
		fputs(text.data, stdout);
	if (!err->code && self->options->dry_run)
		report_hint("nothing was written, because of --dry-run");
out:
	buf_release(&text);
	return err->code;
}

/* ---- the run ---- */

static int run(struct baselining *self, struct err *err)
{
	struct migration_view *view = &self->view;

	if (migration_view_open(view, err) < 0)
		return err->code;
	if (view->is_absent)
		return err_set(err, D1_ENOTFOUND, "%s is not there yet",
			       view->side.label);
	if (find_place(self, err) < 0)
		return err->code;
	return note(self, err);
}

static int baseline_run(const struct invocation *call, struct err *err)
{
	struct baselining self = { .options = call->options };

	if (call->arguments.count > 1 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "migrations are noted in one database");
	workspace_init(&self.workspace, &self.options->workspace);
	if (migration_view_find_target(&self.view, &self.workspace,
				       &call->arguments, err) == 0)
		(void)!run(&self, err);
	migration_view_release(&self.view);
	workspace_release(&self.workspace);
	return err->code;
}

const struct command command_migrations_baseline = {
	.name = "baseline",
	.summary = "note migrations as applied that are in the schema already",
	.usage = baseline_usage,
	.specs = baseline_specs,
	.defaults = &baseline_defaults,
	.options_size = sizeof(baseline_defaults),
	.run = baseline_run,
};
