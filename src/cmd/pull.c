#include "config.h"

#include "cmd/table.h"
#include "cmd/transfer.h"

static const struct transfer_options pull_defaults = TRANSFER_DEFAULTS;

static const struct option_spec pull_specs[] = {

	TRANSFER_DELETE, TRANSFER_OPTIONS, OPTION_END
};

static const char *const pull_usage[] = {
	"git d1 pull [<options>] [<database>] [-- <table>...]", NULL
};

static int pull_run(const struct invocation *call, struct err *err)
{
	return transfer_run(call, false, true, err);
}

const struct command command_pull = {
	.name = "pull",
	.summary = "write what changed remotely to the local database",
	.usage = pull_usage,
	.specs = pull_specs,
	.defaults = &pull_defaults,
	.options_size = sizeof(pull_defaults),
	.run = pull_run,
};
