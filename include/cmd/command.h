/*
 * A subcommand, as a table entry.
 *
 * Each src/cmd/<name>.c exports one `const struct command`, declared in
 * cmd/table.h and listed in src/cmd/table.c. Everything else in that file is
 * static:
 *
 *	struct show_options {
 *		bool stat;
 *	};
 *
 *	static const struct show_options show_defaults = { .stat = false };
 *
 *	static const struct option_spec show_specs[] = {
 *		OPTION_FLAG(0, "stat", struct show_options, stat,
 *			    "show a diffstat"),
 *		OPTION_END
 *	};
 *
 *	static const char *const show_usage[] = {
 *		"git d1 show [<options>] [<commit>]",
 *		NULL
 *	};
 *
 *	static int show_run(const struct invocation *call, struct err *err)
 *	{
 *		const struct show_options *options = call->options;
 *		...
 *	}
 *
 *	const struct command command_show = {
 *		.name = "show",
 *		.summary = "show what a commit did to the rows",
 *		.usage = show_usage,
 *		.specs = show_specs,
 *		.defaults = &show_defaults,
 *		.options_size = sizeof(show_defaults),
 *		.run = show_run,
 *	};
 *
 * The manual page of the command repeats the lines of `usage` as its synopsis
 * and has an entry for each option; a test compares them.
 *
 * A command of two words, as `git d1 migrations apply`, has a list instead of
 * a function: each entry is a `const struct command` as above, in a file of
 * its own (src/cmd/migrations_apply.c exports command_migrations_apply), with
 * the second word as its name and the whole form, `git d1 migrations apply
 * ...`, as its usage. Its `run` sees the words after the second one:
 *
 *	static const struct command *const migrations_subcommands[] = {
 *		&command_migrations_apply,
 *		&command_migrations_status,
 *		NULL
 *	};
 *
 *	const struct command command_migrations = {
 *		.name = "migrations",
 *		.summary = "...",
 *		.subcommands = migrations_subcommands,
 *	};
 *
 * One manual page, git-d1-migrations, serves them all: its synopsis has the
 * usage lines of all, in the order of the list, and each option of any one.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"
#include "util/option.h"

struct command;

/* One call of a command. Everything is borrowed until it returns. */
struct invocation {
	const struct command *command;
	const void *options;	       /* as `defaults`, changed by options */
	struct option_words arguments; /* what stands before `--` */
	struct option_words after;     /* what stands after it: tables */
	bool separated;		       /* `--` was given */
};

enum command_flag {
	/*
	 * Git runs it, as a hook or driver: it is not listed, and relative
	 * paths start at the current directory, whatever GIT_PREFIX says.
	 */
	COMMAND_RUN_BY_GIT = 1 << 0,
};

struct command {
	const char *name;
	const char *summary; /* for the list of `git d1 help` */

	/*
	 * The second words, in the order of their names; NULL ends the list.
	 * With it nothing else is set. NULL: the command is one word.
	 */
	const struct command *const *subcommands;

	const char *const *usage; /* its forms; NULL ends the list */
	const struct option_spec *specs;
	const void *defaults; /* the struct that `specs` fills */
	size_t options_size;  /* of that struct; 0: no options */
	unsigned int flags;   /* of enum command_flag */

	/*
	 * Does the work and writes to standard output. Returns the exit code,
	 * EXIT_FINE or EXIT_DIFFERENT, or what it set in `err`, which main
	 * prints and turns into an exit code (workspace/report.h).
	 */
	int (*run)(const struct invocation *call, struct err *err);
};

#endif
