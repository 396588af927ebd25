#include "config.h"

#include "cmd/table.h"

#include <stdio.h>

#include "cmd/deploying.h"
#include "cmd/gating.h"
#include "render/name.h"
#include "workspace/undoing.h"

static const struct deploy_options deploy_defaults = {
	.from = "HEAD",
	.consent = { .yes = -1 },
};

static const struct option_spec deploy_specs[] = {
	OPTION_STRING(0, "from", struct deploy_options, from, "revision",
		      "deploy this commit, not HEAD"),
	OPTION_STRING(0, "base", struct deploy_options, base, "revision",
		      "rows may be as in this commit, not as in any before"),
	OPTION_FLAG(0, "plan", struct deploy_options, plan,
		    "only show all that would be done, with its digest"),
	OPTION_STRING(0, "expect-plan", struct deploy_options, expected,
		      "digest", "do nothing but the plan with this digest"),
	OPTION_CHOICE(0, "losses", struct deploy_options, losses, "verdict",
		      gating_tolerance_words,
		      "with ok, rows may be lost by pending migrations"),
	OPTION_FLAG(0, "undo-on-failure", struct deploy_options,
		    undo_on_failure,
		    "take back what was written if a later step fails"),
	OPTION_FLAG(0, "undo", struct deploy_options, undo,
		    "take back what a deploy wrote"),
	OPTION_FLAG(0, "json", struct deploy_options, json,
		    "write one JSON document"),
	CONSENT_OPTIONS(struct deploy_options, consent.),
	WORKSPACE_PROGRESS(struct deploy_options, workspace.),
	WORKSPACE_OPTIONS(struct deploy_options, workspace.),
	OPTION_END
};

static const char *const deploy_usage[] = {
	"git d1 deploy [<options>] [<database>] [-- <command>...]",
	"git d1 deploy --undo [<options>] [<database>] [<id> | <bookmark>]",
	NULL
};

/* ---- taking back ---- */

static int run_undo(const struct invocation *call, struct workspace *workspace,
		    struct err *err)
{
	const struct deploy_options *options = call->options;
	struct undoing undoing = { .workspace = workspace,
				   .deploys = true,
				   .consent = options->consent };

	if (options->plan || options->expected || options->base ||
	    options->undo_on_failure || options->json || call->separated)
		return err_set(err, D1_EUSAGE,
			       "--undo takes a database and an id, and none of "
			       "the options of a deploy");
	return undoing_run(&undoing, &call->arguments, err);
}

/* ---- deploying ---- */

static void say_end(const struct deployment *deployment)
{
	struct buf line;

	if (deployment->options->json)
		return;
	buf_init(&line, 1 << 16);
	buf_add_format(&line, "deployed %.12s to ", deployment->commit);
	name_add_text(&line, deployment->checking.view.side.label);
	buf_add_char(&line, '\n');
	if (!line.failed)
		fputs(line.data, stdout);
	buf_release(&line);
}

static int run_steps(struct deployment *deployment, struct err *err)
{
	if (deploying_prepare(deployment, err) < 0) {
		deployment->steps[DEPLOY_CHECK] = DEPLOY_FAILED;
		return err->code;
	}
	if (deployment->options->plan)
		return deployment->options->json
			       ? 0
			       : deploying_print_plan(deployment, err);
	if (deploying_run(deployment, err) == 0)
		say_end(deployment);
	return err->code;
}

static int run_deploy(const struct invocation *call,
		      struct workspace *workspace, struct err *err)
{
	const struct option_words *words = &call->arguments;
	struct deployment deployment = { .options = call->options,
					 .command = &call->after,
					 .workspace = workspace,
					 .command_status = -1 };
	struct err unwritten = ERR_INIT;

	if (words->count > 1)
		return err_set(err, D1_EUSAGE,
			       "one database is deployed at a time");
	if (words->count == 1)
		deployment.database = words->words[0];
	gate_report_init(&deployment.report);
	(void)!run_steps(&deployment, err);
	if (deployment.options->json &&
	    deploying_write_json(&deployment, err->code ? err : NULL,
				 &unwritten) < 0 &&
	    !err->code)
		*err = unwritten;
	deploying_end(&deployment);
	return err->code;
}

static int deploy_run(const struct invocation *call, struct err *err)
{
	const struct deploy_options *options = call->options;
	struct workspace workspace;

	workspace_init(&workspace, &options->workspace);
	(void)!(options->undo ? run_undo(call, &workspace, err)
			      : run_deploy(call, &workspace, err));
	workspace_release(&workspace);
	return err->code;
}

const struct command command_deploy = {
	.name = "deploy",
	.summary = "bring a remote database to what a commit has",
	.usage = deploy_usage,
	.specs = deploy_specs,
	.defaults = &deploy_defaults,
	.options_size = sizeof(deploy_defaults),
	.run = deploy_run,
};
