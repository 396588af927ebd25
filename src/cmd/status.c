#include "config.h"

#include "cmd/table.h"

#include <stdio.h>

#include "cmd/inventory.h"
#include "util/terminal.h"
#include "workspace/actions.h"
#include "workspace/colors.h"

enum { PORCELAIN_NONE = -1, PORCELAIN_V1 };

struct status_options {
	bool offline, no_drift, json, nul;
	int porcelain;
	int color;
	struct workspace_options workspace;
};

static const char *const porcelain_words[] = { "v1", NULL };

static const struct status_options status_defaults = {
	.porcelain = PORCELAIN_NONE,
	.color = COLOR_UNSET,
	/* what waits for an answer is no status */
	.workspace = { .never_ask = true },
};

static const struct option_spec status_specs[] = {
	OPTION_FLAG(0, "offline", struct status_options, offline,
		    "do not use the network"),
	OPTION_FLAG(0, "no-drift", struct status_options, no_drift,
		    "count rows, but do not compare them"),
	OPTION_CHOICE_OPTIONAL(0, "porcelain", struct status_options, porcelain,
			       "version", porcelain_words, PORCELAIN_V1,
			       "write a form for programs"),
	OPTION_FLAG(0, "json", struct status_options, json,
		    "write one JSON document"),
	OPTION_FLAG('z', NULL, struct status_options, nul,
		    "end lines with NUL, and do not quote names"),
	OPTION_CHOICE_NEGATABLE(0, "color", struct status_options, color,
				"when", terminal_color_words, COLOR_ALWAYS,
				COLOR_NEVER, "use colour"),
	WORKSPACE_PROGRESS(struct status_options, workspace.),
	WORKSPACE_OPTIONS(struct status_options, workspace.),
	OPTION_END
};

static const char *const status_usage[] = {
	"git d1 status [<options>] [<database>]", NULL
};

static int check_call(const struct invocation *call, struct err *err)
{
	const struct status_options *options = call->options;

	if (call->arguments.count > 1 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "status takes the name of one database");
	if (options->json && options->porcelain != PORCELAIN_NONE)
		return err_set(err, D1_EUSAGE,
			       "only one of --porcelain and "
			       "--json can be given");
	if (options->nul && options->porcelain == PORCELAIN_NONE)
		return err_set(err, D1_EUSAGE, "-z needs --porcelain");
	return 0;
}

static int show(const struct status_report *report,
		const struct status_options *options,
		const struct git_config *git, struct err *err)
{
	struct state_colors states;
	struct status_colors colors;
	struct actions_guard guard;

	if (options->json)
		return status_write_json(stdout, report, err);
	if (options->porcelain != PORCELAIN_NONE)
		return status_write_porcelain(stdout, report, options->nul,
					      err);
	if (colors_load_states(&states, (enum color_when)options->color, git,
			       err) < 0)
		return err->code;
	colors = (struct status_colors){ .header = states.header,
					 .good = states.good,
					 .bad = states.bad,
					 .reset = states.reset };
	if (actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	(void)!status_write_text(stdout, report, &colors, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

static int status_run(const struct invocation *call, struct err *err)
{
	const struct status_options *options = call->options;
	const struct inventory_options inventory = {
		.database = call->arguments.count > 0 ? call->arguments.words[0]
						      : NULL,
		.offline = options->offline,
		.no_drift = options->no_drift,
	};
	struct status_report report = { .count = 0 };
	struct workspace workspace;

	workspace_init(&workspace, &options->workspace);
	if (check_call(call, err) == 0 &&
	    inventory_collect(&report, &workspace, &inventory, err) == 0)
		(void)!show(&report, options, &workspace.git, err);
	status_report_release(&report);
	workspace_release(&workspace);
	return err->code;
}

const struct command command_status = {
	.name = "status",
	.summary = "show what is configured and reachable, and whether it "
		   "differs",
	.usage = status_usage,
	.specs = status_specs,
	.defaults = &status_defaults,
	.options_size = sizeof(status_defaults),
	.run = status_run,
};
