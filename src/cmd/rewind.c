#include "config.h"

#include "cmd/table.h"

#include "workspace/rewinding.h"

struct rewind_options {
	bool dry_run;
	struct workspace_options workspace;
};

static const struct rewind_options rewind_defaults = { .dry_run = false };

static const struct option_spec rewind_specs[] = {
	OPTION_FLAG('n', "dry-run", struct rewind_options, dry_run,
		    "only show what is known of what would be lost"),
	WORKSPACE_PROGRESS(struct rewind_options, workspace.),
	WORKSPACE_OPTIONS(struct rewind_options, workspace.), OPTION_END
};

static const char *const rewind_usage[] = {
	"git d1 rewind [<options>] [<database>] (<bookmark> | <time>)", NULL
};

static int rewind_run(const struct invocation *call, struct err *err)
{
	const struct rewind_options *options = call->options;
	const struct option_words *words = &call->arguments;
	struct workspace workspace;
	struct rewinding rewinding = { .workspace = &workspace,
				       .command = "git d1 rewind",
				       .dry_run = options->dry_run,
				       .out = stdout };

	if (words->count < 1 || words->count > 2 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "a bookmark or a time is wanted");
	rewinding.database = words->count == 2 ? words->words[0] : NULL;
	rewinding.point = words->words[words->count - 1];
	workspace_init(&workspace, &options->workspace);
	(void)!rewinding_run(&rewinding, err);
	workspace_release(&workspace);
	return err->code;
}

const struct command command_rewind = {
	.name = "rewind",
	.summary = "make a remote database what it was, by Time Travel",
	.usage = rewind_usage,
	.specs = rewind_specs,
	.defaults = &rewind_defaults,
	.options_size = sizeof(rewind_defaults),
	.run = rewind_run,
};
