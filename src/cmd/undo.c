#include "config.h"

#include "cmd/table.h"

#include "workspace/undoing.h"

struct undo_options {
	const char *to;
	bool list, check, merge;
	struct consent_options consent;
	struct application_manner manner;
	struct workspace_options workspace;
};

static const struct undo_options undo_defaults = {
	.consent = { .yes = -1 },
};

static const struct option_spec undo_specs[] = {
	OPTION_FLAG('l', "list", struct undo_options, list,
		    "list the writes that the journal has"),
	OPTION_STRING(0, "to", struct undo_options, to, "endpoint",
		      "only writes to this database"),
	OPTION_FLAG(0, "check", struct undo_options, check,
		    "only say whether it can be undone"),
	OPTION_FLAG('3', "3way", struct undo_options, merge,
		    "merge into rows that were changed since"),
	CONSENT_OPTIONS(struct undo_options, consent.),
	APPLICATION_IN_PARTS(struct undo_options, manner.),
	WORKSPACE_PROGRESS(struct undo_options, workspace.),
	WORKSPACE_OPTIONS(struct undo_options, workspace.),
	OPTION_END
};

static const char *const undo_usage[] = {
	"git d1 undo [<options>] [<database>] [<id>]",
	"git d1 undo --list [<options>] [<database>]", NULL
};

static int undo_run(const struct invocation *call, struct err *err)
{
	const struct undo_options *options = call->options;
	struct workspace workspace;
	struct undoing undoing = { .workspace = &workspace,
				   .to = options->to,
				   .list = options->list,
				   .check = options->check,
				   .merge = options->merge,
				   .consent = options->consent,
				   .manner = options->manner };

	if (call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "a write is undone as a whole: no tables can "
			       "be given");
	workspace_init(&workspace, &options->workspace);
	(void)!undoing_run(&undoing, &call->arguments, err);
	workspace_release(&workspace);
	return err->code;
}

const struct command command_undo = {
	.name = "undo",
	.summary = "take a write back that the journal has noted",
	.usage = undo_usage,
	.specs = undo_specs,
	.defaults = &undo_defaults,
	.options_size = sizeof(undo_defaults),
	.run = undo_run,
};
