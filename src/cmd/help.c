#include "config.h"

#include "cmd/table.h"

#include <stdio.h>

static const struct option_spec help_specs[] = { OPTION_END };

static const char *const help_usage[] = { "git d1 help [<command>]", NULL };

static int help_run(const struct invocation *call, struct err *err)
{
	const struct option_words *arguments = &call->arguments;
	const struct command *command = NULL;
	struct buf text;

	if (arguments->count > 1 || call->separated)
		return err_set(err, D1_EUSAGE, "help takes one command");
	if (arguments->count == 1 &&
	    command_require(&command, arguments->words[0], err))
		return err->code;
	buf_init(&text, 1 << 20);
	if (command)
		command_add_usage(&text, command);
	else
		command_list(&text);
	if (!buf_check(&text, "the help", err))
		fwrite(text.data, 1, text.len, stdout);
	buf_release(&text);
	return err->code;
}

const struct command command_help = {
	.name = "help",
	.summary = "list the commands, or show how one is used",
	.usage = help_usage,
	.specs = help_specs,
	.run = help_run,
};
