#include "config.h"

#include "cmd/table.h"

#include <stdio.h>

static const struct option_spec version_specs[] = { OPTION_END };

static const char *const version_usage[] = { "git d1 version", NULL };

static int version_run(const struct invocation *call, struct err *err)
{
	if (call->arguments.count > 0 || call->separated)
		return err_set(err, D1_EUSAGE, "version takes no arguments");
	printf("git-d1 version %s\n", PACKAGE_VERSION);
	return 0;
}

const struct command command_version = {
	.name = "version",
	.summary = "show the version of git-d1",
	.usage = version_usage,
	.specs = version_specs,
	.run = version_run,
};
