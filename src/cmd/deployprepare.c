#include "config.h"

#include "cmd/deploying.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/effects.h"
#include "cmd/gating.h"
#include "util/child.h"
#include "util/progress.h"
#include "workspace/report.h"
#include "workspace/spool.h"

/* ---- what is deployed where ---- */

static int find_database(struct deployment *self, struct err *err)
{
	struct side *side = &self->side;
	char *endpoint;

	if (side_remote_endpoint(&endpoint, self->database, err) < 0)
		return err->code;
	(void)!workspace_resolve(self->workspace, side, endpoint, err);
	free(endpoint);
	if (err->code || side->endpoint.kind == ENDPOINT_REMOTE)
		return err->code;
	return err_set(err, D1_EUSAGE,
		       "a deploy is to a remote database, and '%s' is none",
		       side->label);
}

/* The commit's id stands for it from here on: a branch may move. */
static int find_commit(struct deployment *self, struct err *err)
{
	const struct repository *repository;
	char *endpoint;

	if (workspace_repository(self->workspace, &repository, err) < 0 ||
	    repository_commit(repository, self->commit, self->options->from,
			      err) < 0)
		return err->code;
	if (asprintf(&endpoint, "%s/%s", self->side.name, self->commit) < 0)
		return err_set_nomem(err);
	if (workspace_resolve(self->workspace, &self->commit_side, endpoint,
			      err) == 0)
		self->has_snapshot =
			side_has_snapshot(self->workspace, &self->commit_side);
	free(endpoint);
	return err->code;
}

/* ---- the check ---- */

static int show_findings(const struct deployment *self, struct err *err)
{
	static const struct gate_colors none = { "", "", "" };
	FILE *spool;
	struct err ignored = ERR_INIT;

	if (spool_open(&spool, err) < 0)
		return err->code;
	if (gate_write_text(spool, &self->report, &none, err) == 0)
		(void)!spool_show(spool, stderr, err);
	(void)!spool_close(spool, &ignored);
	return err->code;
}

/* With its environment, if it could be looked at. */
static const char *label_of(const struct deployment *self)
{
	const char *label = self->checking.view.side.label;

	return label ? label : self->side.label;
}

static int refuse_findings(struct deployment *self, struct err *err)
{
	const struct behind_counts *counts = &self->checking.counts;
	unsigned long long drifted = counts->rows[BEHIND_DRIFT];
	const char *label = label_of(self);

	if (!gate_is_closed(&self->report))
		return 0;
	if (show_findings(self, err) < 0)
		return err->code;
	if (self->checking.code)
		return err_set(err, self->checking.code,
			       "%s could not be checked; nothing was written",
			       label);
	if (drifted > 0) {
		err_set(err, D1_ECONFLICT,
			"%llu row%s changed in %s, and no commit has %s; "
			"nothing was written",
			drifted, drifted == 1 ? " was" : "s were", label,
			drifted == 1 ? "it" : "them");
		return err_hint(err,
				"take what is there, as said above, or "
				"overwrite with --base=<revision> what is as "
				"in that revision");
	}
	err_set(err, D1_EREFUSED,
		"the check of %s found what must not be deployed; nothing was "
		"written",
		label);
	return counts->rows[BEHIND_TOO_SHORT] > 0
		       ? err_hint(err, "history too short: git fetch "
				       "--unshallow")
		       : err->code;
}

static int check(struct deployment *self, struct err *err)
{
	static const enum check checks[] = { CHECK_SNAPSHOT, CHECK_MIGRATIONS,
					     CHECK_SCHEMA, CHECK_REHEARSAL,
					     CHECK_DATA };
	struct checking *checking = &self->checking;

	if (changes_open(&self->changes, err) < 0)
		return err->code;
	self->report.pending_is_fine = true;
	*checking =
		(struct checking){ .workspace = self->workspace,
				   .database = self->side.database,
				   .revision = self->commit,
				   .base = self->options->base,
				   .losses_are_fine =
					   self->options->losses == GATING_OK,
				   .report = &self->report,
				   .changes = self->changes };
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if ((checks[i] == CHECK_DATA &&
		     deploying_recall_rows(self, err) < 0) ||
		    checks_make(checking, checks[i], err) < 0)
			return err->code;
	return refuse_findings(self, err);
}

/* ---- migrations ---- */

static int find_pending(struct deployment *self, struct err *err)
{
	const struct migration_view *view = &self->checking.view;

	self->pending = calloc(view->migrations.count + 1, sizeof(char *));
	if (!self->pending)
		return err_set_nomem(err);
	for (size_t i = 0; i < view->migrations.count; i++)
		if (!ledger_has(&view->ledger, view->migrations.names[i]))
			self->pending[self->npending++] =
				view->migrations.names[i];
	return 0;
}

/* Tables that nothing makes. */
static int refuse_lacking(const struct deployment *self, struct err *err)
{
	unsigned long long lacking = self->checking.counts.lacking;

	if (lacking == 0 || self->npending > 0)
		return 0;
	return err_set(err, D1_EREFUSED,
		       "%s lacks %llu table%s of the snapshot, and no "
		       "migration is pending that could make %s; nothing was "
		       "written",
		       label_of(self), lacking, lacking == 1 ? "" : "s",
		       lacking == 1 ? "it" : "them");
}

/* ---- what may be done ---- */

static int check_rows(struct deployment *self, struct err *err)
{
	struct changes *lists[2] = { self->changes };
	struct source *source = self->checking.view.source;

	if (effects_find(&self->effects, self->changes, source, err) < 0 ||
	    self->options->plan)
		return err->code;
	lists[1] = self->effects;
	return consent_rows(&self->options->consent, lists, ARRAY_SIZE(lists),
			    source, err);
}

static int check_expectation(const struct deployment *self, struct err *err)
{
	const char *expected = self->options->expected;
	static const char algorithm[] = "sha256:";

	if (!expected)
		return 0;
	if (strncmp(expected, algorithm, strlen(algorithm)) == 0)
		expected += strlen(algorithm);
	if (strcmp(expected, self->digest) == 0)
		return 0;
	err_set(err, D1_EREFUSED,
		"the plan is another one than was expected, sha256:%s; nothing "
		"was written",
		self->digest);
	return err_hint(err, "git d1 deploy --plan shows what it is now");
}

static int check_command(const struct deployment *self, struct err *err)
{
	struct stat status;
	char *path = NULL;

	/* a plan is made for another machine, too */
	if (self->command->count == 0 || self->options->plan)
		return 0;
	if (child_find(&path, self->command->words[0], err) < 0)
		goto out;
	if (stat(path, &status) < 0 || access(path, X_OK) < 0)
		err_set_errno(err, "cannot run '%s'", path);
	else if (!S_ISREG(status.st_mode))
		err_set(err, D1_ERROR, "cannot run '%s': it is no file", path);
out:
	if (err->code)
		err_context(err, "nothing was written");
	free(path);
	return err->code;
}

static int ask_consent(const struct deployment *self, struct err *err)
{
	return self->options->plan
		       ? 0
		       : consent_deploy(self->workspace,
					&self->checking.view.side,
					self->side.endpoint.database, err);
}

static int find_out(struct deployment *self, struct err *err)
{
	if (check(self, err) < 0 || find_pending(self, err) < 0 ||
	    refuse_lacking(self, err) < 0 || check_rows(self, err) < 0 ||
	    deploying_make_plan(self, err) < 0 ||
	    check_expectation(self, err) < 0)
		return err->code;
	return self->options->plan ? show_findings(self, err) : 0;
}

int deploying_prepare(struct deployment *self, struct err *err)
{
	if (find_database(self, err) < 0 || find_commit(self, err) < 0 ||
	    check_command(self, err) < 0 || deploying_recall(self, err) < 0)
		return err->code;
	progress_begin("checking", NULL, 0);
	(void)!find_out(self, err);
	progress_end();
	return err->code ? err->code : ask_consent(self, err);
}
