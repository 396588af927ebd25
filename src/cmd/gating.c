#include "config.h"

#include "cmd/gating.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workspace/actions.h"
#include "workspace/checks.h"
#include "workspace/report.h"

enum {
	MARKDOWN_MAX = 65536,  /* characters of a comment on GitHub */
	SUMMARY_MAX = 1 << 20, /* bytes of a step's summary there */
	SUMMARY_LEAST = 1000   /* with fewer there is nothing to say */
};

/* In the order of enum gating_tolerance. */
const char *const gating_tolerance_words[] = { "fail", "ok", NULL };

/* A call of the command while it runs. */
struct gate {
	const struct gating_options *options;
	struct workspace workspace;
	struct gate_report report;
	bool wanted[CHECKS];
	enum d1_error code; /* of the first check that could not be made */
};

/* ---- which checks ---- */

static int want(struct gate *gate, const char *name, size_t size,
		struct err *err)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (strlen(check_names[i]) == size &&
		    memcmp(check_names[i], name, size) == 0) {
			gate->wanted[i] = true;
			return 0;
		}
	err_set(err, D1_EUSAGE, "there is no check '%.*s'",
		(int)(size < 100 ? size : 100), name);
	return err_hint(err, "checks: snapshot, migrations, schema, "
			     "rehearsal, data, types");
}

static int choose_checks(struct gate *gate, struct err *err)
{
	const char *only = gate->options->only;

	for (size_t i = 0; i < CHECKS; i++)
		gate->wanted[i] = !only;
	while (only) {
		const char *comma = strchrnul(only, ',');

		if (want(gate, only, (size_t)(comma - only), err) < 0)
			return err->code;
		only = *comma ? comma + 1 : NULL;
	}
	return 0;
}

/* ---- checking ---- */

static int check_database(struct gate *gate, const struct database *database,
			  struct err *err)
{
	struct checking checking = { .workspace = &gate->workspace,
				     .database = database,
				     .revision = gate->options->from,
				     .base = gate->options->base,
				     .offline = gate->options->offline,
				     .show_values = gate->options->show_values,
				     .losses_are_fine =
					     gate->options->losses == GATING_OK,
				     .report = &gate->report };

	for (int check = 0; check < CHECKS && !err->code; check++)
		if (gate->wanted[check])
			(void)!checks_make(&checking, (enum check)check, err);
	if (!gate->code)
		gate->code = checking.code;
	checks_release(&checking);
	return err->code;
}

/* The commits are there, and git's. */
static int find_commit(struct gate *gate, struct err *err)
{
	const struct repository *repository;
	char id[OBJECT_ID_SIZE];

	if (workspace_repository(&gate->workspace, &repository, err) < 0 ||
	    repository_commit(repository, id, gate->options->from, err) < 0 ||
	    !gate->options->base)
		return err->code;
	return repository_commit(repository, id, gate->options->base, err);
}

static int check_databases(struct gate *gate, const struct option_words *names,
			   struct err *err)
{
	struct project *project = &gate->workspace.project;

	if (find_commit(gate, err) < 0 ||
	    workspace_project(&gate->workspace, err) < 0)
		return err->code;
	for (size_t i = 0; names->count == 0 && i < project->count; i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0 ||
		    (database && check_database(gate, database, err) < 0))
			return err->code;
	}
	for (size_t i = 0; i < names->count; i++) {
		const struct database *database;

		if (project_find(&database, project, names->words[i], NULL,
				 err) < 0 ||
		    check_database(gate, database, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- output ---- */

typedef int write_fn(FILE *out, const struct gate_report *report,
		     struct err *err);

static int write_comment(FILE *out, const struct gate_report *report,
			 struct err *err)
{
	return gate_write_markdown(out, report, MARKDOWN_MAX, err);
}

/* All that a step writes counts; above that GitHub shows nothing of it. */
static int write_summary(FILE *out, const struct gate_report *report,
			 struct err *err)
{
	struct stat info;
	off_t used = fstat(fileno(out), &info) == 0 ? info.st_size : 0;

	return used + SUMMARY_LEAST > SUMMARY_MAX
		       ? 0
		       : gate_write_markdown(out, report,
					     SUMMARY_MAX - (size_t)used, err);
}

static int write_file(const struct gate *gate, const char *path,
		      const char *mode, write_fn *write, struct err *err)
{
	FILE *out;

	if (!path)
		return 0;
	out = fopen(path, mode);
	if (!out)
		return err_set_errno(err, "cannot write '%s'", path);
	(void)!write(out, &gate->report, err);
	if (fclose(out) == EOF)
		err_set_errno(err, "cannot write '%s'", path);
	return err->code;
}

/* What GitHub Actions shows at the lines of files, and below the step. */
static int write_for_actions(const struct gate *gate, struct err *err)
{
	const char *actions = getenv("GITHUB_ACTIONS");
	const char *summary = getenv("GITHUB_STEP_SUMMARY");

	if (!actions || strcmp(actions, "true") != 0)
		return 0;
	if (!gate->options->json &&
	    gate_write_annotations(stdout, &gate->report, err) < 0)
		return err->code;
	return write_file(gate, summary && *summary ? summary : NULL, "ae",
			  write_summary, err);
}

static int write_text(struct gate *gate, struct err *err)
{
	enum color_when when = (enum color_when)gate->options->color;
	struct state_colors states;
	struct gate_colors colors;
	struct actions_guard guard;

	if (workspace_git(&gate->workspace, err) < 0 ||
	    colors_load_states(&states, when, &gate->workspace.git, err) < 0 ||
	    actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	colors = (struct gate_colors){ .good = states.good,
				       .bad = states.bad,
				       .reset = states.reset };
	(void)!gate_write_text(stdout, &gate->report, &colors, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

static int write_all(struct gate *gate, struct err *err)
{
	const struct gating_options *options = gate->options;

	if (write_file(gate, options->junit, "we", gate_write_junit, err) < 0 ||
	    write_file(gate, options->markdown, "we", write_comment, err) < 0 ||
	    write_file(gate, options->code_quality, "we",
		       gate_write_codequality, err) < 0 ||
	    write_for_actions(gate, err) < 0)
		return err->code;
	return options->json ? gate_write_json(stdout, &gate->report, err)
			     : write_text(gate, err);
}

/* ---- the run ---- */

/* A finding says more than a server that could not be asked. */
static int verdict(const struct gate *gate)
{
	if (!gate_is_closed(&gate->report))
		return EXIT_FINE;
	for (const struct gate_check *check = gate->report.checks; check;
	     check = check->next)
		if (!strcmp(gate_check_verdict(&gate->report, check),
			    "blocked"))
			return EXIT_DIFFERENT;
	return report_exit_code(gate->code ? gate->code : D1_ERROR);
}

int gating_run(const struct invocation *call, struct err *err)
{
	struct gate gate = { .options = call->options };
	int result = 0;

	workspace_init(&gate.workspace, &gate.options->workspace);
	gate_report_init(&gate.report);
	gate.report.pending_is_fine = gate.options->pending == GATING_OK;
	if (call->after.count > 0)
		err_set(err, D1_EUSAGE,
			"a database is checked as a whole: no tables can be "
			"given");
	else if (choose_checks(&gate, err) == 0 &&
		 check_databases(&gate, &call->arguments, err) == 0 &&
		 write_all(&gate, err) == 0)
		result = verdict(&gate);
	gate_report_release(&gate.report);
	workspace_release(&gate.workspace);
	return err->code ? err->code : result;
}
