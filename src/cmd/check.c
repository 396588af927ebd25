#include "config.h"

#include "cmd/table.h"

#include "cmd/gating.h"

static const struct gating_options check_defaults = {
	.color = COLOR_UNSET,
	.from = "HEAD",
	.workspace = { .never_ask = true },
};

static const struct option_spec check_specs[] = {
	OPTION_FLAG(0, "offline", struct gating_options, offline,
		    "check only what the commit holds; needs no token"),
	OPTION_STRING(0, "from", struct gating_options, from, "revision",
		      "check this commit, not HEAD"),
	OPTION_STRING(0, "base", struct gating_options, base, "revision",
		      "compare rows with this commit, not with all history"),
	OPTION_STRING(0, "only", struct gating_options, only, "checks",
		      "make only these checks, with commas between them"),
	OPTION_CHOICE(0, "pending", struct gating_options, pending, "verdict",
		      gating_tolerance_words,
		      "with ok, what a deploy will bring does not block"),
	OPTION_CHOICE(0, "losses", struct gating_options, losses, "verdict",
		      gating_tolerance_words,
		      "with ok, rows may be lost by pending migrations"),
	OPTION_STRING(0, "markdown", struct gating_options, markdown, "file",
		      "also write a comment for a pull request"),
	OPTION_STRING(0, "code-quality", struct gating_options, code_quality,
		      "file", "also write a report for GitLab"),
	GATING_OPTIONS,
	OPTION_END
};

static const char *const check_usage[] = {
	"git d1 check [<options>] [<database>...]", NULL
};

const struct command command_check = {
	.name = "check",
	.summary = "check what a push or a deploy would break",
	.usage = check_usage,
	.specs = check_specs,
	.defaults = &check_defaults,
	.options_size = sizeof(check_defaults),
	.run = gating_run,
};
