#include "config.h"

#include "cmd/schema.h"

#include <stddef.h>

#include "cmd/table.h"

static const struct command *const schema_subcommands[] = {
	&command_schema_diff,
	&command_schema_lint,
	&command_schema_plan,
	&command_schema_sync,
	NULL,
};

const struct command command_schema = {
	.name = "schema",
	.summary = "compare schemas, and take one to another",
	.subcommands = schema_subcommands,
};
