#include "config.h"

#include "cmd/table.h"
#include "cmd/transfer.h"

static const struct transfer_options push_defaults = TRANSFER_DEFAULTS;

static const struct option_spec push_specs[] = {
	OPTION_STRING(0, "from", struct transfer_options, from, "revision",
		      "write the snapshot in <revision>, not the local rows"),
	TRANSFER_DELETE, TRANSFER_OPTIONS, OPTION_END
};

static const char *const push_usage[] = {
	"git d1 push [<options>] [<database>] [-- <table>...]", NULL
};

static int push_run(const struct invocation *call, struct err *err)
{
	return transfer_run(call, true, false, err);
}

const struct command command_push = {
	.name = "push",
	.summary = "write what changed locally to the remote database",
	.usage = push_usage,
	.specs = push_specs,
	.defaults = &push_defaults,
	.options_size = sizeof(push_defaults),
	.run = push_run,
};
