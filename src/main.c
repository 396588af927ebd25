/*
 * git-d1: finds the command, reads its options, runs it, and says how it went.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/startup.h"
#include "cmd/table.h"
#include "util/interrupt.h"
#include "util/option.h"
#include "util/pager.h"
#include "util/usage.h"
#include "workspace/report.h"

struct main_options {
	const char *directory;
	bool version;
	bool list_commands;
};

static const struct option_spec main_specs[] = {
	OPTION_STRING('C', NULL, struct main_options, directory, "path",
		      "run as if started in <path>"),
	OPTION_FLAG(0, "version", struct main_options, version,
		    "show the version of git-d1"),
	OPTION_FLAG(0, "list-cmds", struct main_options, list_commands,
		    "list the names of the commands"),
	OPTION_END
};

static const char *const main_usage[] = {
	"git d1 [-C <path>] <command> [<args>]",
	"git d1 (--version | --help | --list-cmds)", NULL
};

static int print(struct buf *text, struct err *err)
{
	if (!buf_check(text, "the usage", err))
		fwrite(text->data, 1, text->len, stdout);
	buf_release(text);
	return err->code;
}

/*
 * Answers -h, --help and --git-completion-helper; `command` is NULL for those
 * of git-d1 itself.
 */
static int answer(enum option_request request, const struct command *command,
		  struct err *err)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	if (request == OPTION_REQUEST_COMPLETION) {
		if (command)
			command_add_completion(&text, command);
		else
			usage_add_completion(&text, main_specs);
		buf_add_char(&text, '\n');
	} else if (command) {
		command_add_usage(&text, command);
	} else {
		usage_add(&text, main_usage, main_specs);
		buf_add_char(&text, '\n');
		command_list(&text);
	}
	if (print(&text, err))
		return err->code;
	return request == OPTION_REQUEST_USAGE ? EXIT_USAGE : EXIT_FINE;
}

/* argv[0] is the last word of the command, `name` are all of them. */
static int run_words(const char *name, const struct command *command, int argc,
		     char **argv, struct err *err)
{
	struct invocation call = { .command = command };
	struct option_result words;
	void *options;
	int result;

	options = calloc(1, command->options_size + 1);
	if (!options)
		return err_set_nomem(err);
	if (command->options_size)
		memcpy(options, command->defaults, command->options_size);
	result = option_parse(argc, argv, command->specs, OPTION_PERMUTE,
			      options, &words, err);
	if (result)
		goto out;
	if (words.request) {
		result = answer(words.request, command, err);
		goto out;
	}
	if (!(command->flags & COMMAND_RUN_BY_GIT)) {
		result = startup_follow_prefix(err);
		if (result)
			goto out;
	}
	call.options = options;
	call.arguments = words.before;
	call.after = words.after;
	call.separated = words.separated;
	result = command->run(&call, err);
out:
	if (result == D1_EUSAGE)
		err_hint(err, "see 'git d1 %s -h'", name);
	free(options);
	return result;
}

/* Goes on to the second word of a command that has one. */
static int run_second(const struct command *command, int argc, char **argv,
		      struct err *err)
{
	static const struct option_spec none[] = { OPTION_END };
	const struct command *second;
	struct option_result words;
	char name[64];

	if (option_parse(argc, argv, none, OPTION_STOP_AT_WORD, NULL, &words,
			 err)) {
		if (err->code == D1_EUSAGE)
			err_hint(err, "see 'git d1 %s -h'", command->name);
		return err->code;
	}
	if (words.request)
		return answer(words.request, command, err);
	if (command_require_second(
		    &second, command,
		    words.before.count > 0 ? words.before.words[0] : NULL, err))
		return err->code;
	snprintf(name, sizeof(name), "%s %s", command->name, second->name);
	return run_words(name, second, (int)words.before.count,
			 words.before.words, err);
}

/* argv[0] is the name of the command. */
static int run_command(const struct command *command, int argc, char **argv,
		       struct err *err)
{
	if (command->subcommands)
		return run_second(command, argc, argv, err);
	return run_words(command->name, command, argc, argv, err);
}

static void list_commands(void)
{
	for (int i = 0; command_table[i]; i++)
		if (command_is_listed(command_table[i]))
			puts(command_table[i]->name);
}

static int run(int argc, char **argv, struct err *err)
{
	struct main_options options = { .version = false };
	struct option_result words;
	const struct command *command;

	if (option_parse(argc, argv, main_specs, OPTION_STOP_AT_WORD, &options,
			 &words, err))
		return err->code;
	if (words.request)
		return answer(words.request, NULL, err);
	if (options.list_commands) {
		list_commands();
		return EXIT_FINE;
	}
	if (options.version)
		return run_command(&command_version, 1, argv, err);
	if (words.before.count == 0)
		return err_set(err, D1_EUSAGE, "no command given");
	if (command_require(&command, words.before.words[0], err))
		return err->code;
	if (options.directory &&
	    startup_change_directory(options.directory, err))
		return err->code;
	return run_command(command, (int)words.before.count, words.before.words,
			   err);
}

/*
 * What was printed must have arrived: a full disk is a failure, not a short
 * output. A reader that went away is none; it gets the signal it blocked.
 */
static int finish_output(struct err *err)
{
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) == EOF) {
		if (errno == EPIPE) {
			signal(SIGPIPE, SIG_DFL);
			raise(SIGPIPE);
		}
		return err_set_errno(err, "write failure on standard output");
	}
	if (failed)
		return err_set(err, D1_ERROR,
			       "unknown write failure on standard output");
	return 0;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT, output_err = ERR_INIT;
	int result;

	startup_process();
	interrupt_catch();
	result = run(argc, argv, &err);
	if (result == D1_EUSAGE)
		err_hint(&err, "see 'git d1 -h'");
	if (finish_output(&output_err) && result >= 0)
		result = output_err.code;
	report_error(&err);
	report_error(&output_err);
	pager_end();
	return report_exit_code(result);
}
