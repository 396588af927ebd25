#include "config.h"

#include "cmd/table.h"
#include "cmd/transfer.h"

static const struct transfer_options sync_defaults = TRANSFER_DEFAULTS;

static const struct option_spec sync_specs[] = { TRANSFER_OPTIONS, OPTION_END };

static const char *const sync_usage[] = {
	"git d1 sync [<options>] [<database>] [-- <table>...]", NULL
};

static int sync_run(const struct invocation *call, struct err *err)
{
	return transfer_run(call, true, true, err);
}

const struct command command_sync = {
	.name = "sync",
	.summary = "push and pull at once",
	.usage = sync_usage,
	.specs = sync_specs,
	.defaults = &sync_defaults,
	.options_size = sizeof(sync_defaults),
	.run = sync_run,
};
