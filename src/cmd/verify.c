#include "config.h"

#include "cmd/table.h"

#include "cmd/gating.h"

static const struct gating_options verify_defaults = {
	.color = COLOR_UNSET,
	.from = "HEAD",
	.only = "data",
	.workspace = { .never_ask = true },
};

static const struct option_spec verify_specs[] = {
	OPTION_STRING(0, "from", struct gating_options, from, "revision",
		      "compare with this commit, not with HEAD"),
	OPTION_STRING(0, "base", struct gating_options, base, "revision",
		      "tell what waits from what drifted by this commit"),
	GATING_OPTIONS, OPTION_END
};

static const char *const verify_usage[] = {
	"git d1 verify [<options>] [<database>...]", NULL
};

const struct command command_verify = {
	.name = "verify",
	.summary = "see whether production holds the rows of a commit",
	.usage = verify_usage,
	.specs = verify_specs,
	.defaults = &verify_defaults,
	.options_size = sizeof(verify_defaults),
	.run = gating_run,
};
