#include "config.h"

#include "cmd/table.h"

static const struct command *const migrations_subcommands[] = {
	&command_migrations_apply,
	&command_migrations_baseline,
	&command_migrations_draft,
	&command_migrations_status,
	NULL,
};

const struct command command_migrations = {
	.name = "migrations",
	.summary = "show, apply and write migrations, beside wrangler",
	.subcommands = migrations_subcommands,
};
