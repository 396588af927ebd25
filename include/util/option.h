/*
 * Command line options, described by a table.
 *
 * A table is static and const: each entry says where in a struct of options
 * its value goes, so one table serves parsing, `-h`, the completion and the
 * check of the manual page. Write entries with the OPTION_*() macros, which
 * refuse a member of the wrong type, and close the table with OPTION_END:
 *
 *	struct log_options {
 *		bool stat;
 *		int color;
 *		long long count;
 *		const char *author;
 *	};
 *
 *	static const char *const when[] = { "auto", "always", "never", NULL };
 *
 *	static const struct option_spec log_specs[] = {
 *		OPTION_FLAG(0, "stat", struct log_options, stat,
 *			    "show a diffstat"),
 *		OPTION_NUMBER('n', "max-count", struct log_options, count,
 *			      "n", 0, INT_MAX, "show at most <n> commits"),
 *		OPTION_STRING(0, "author", struct log_options, author,
 *			      "name", "show only what <name> wrote"),
 *		OPTION_CHOICE_OPTIONAL(0, "color", struct log_options, color,
 *				       "when", when, 1, 2, "use colour"),
 *		OPTION_END
 *	};
 *
 * The command line is read as git reads it: options and other arguments in any
 * order, long names cut short as far as they stay unique, `--name=value` and
 * `--name value` alike, `-U3` and `-U 3` alike, several letters in one word.
 * `--` ends the options and separates; `--end-of-options` only ends them. If
 * an option is given twice, the last one counts.
 */
#ifndef UTIL_OPTION_H
#define UTIL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"
#include "util/err.h"

enum option_kind {
	OPTION_KIND_END,
	OPTION_KIND_FLAG,   /* bool */
	OPTION_KIND_STRING, /* const char *, borrowed from argv */
	OPTION_KIND_NUMBER, /* long long within [min, max] */
	OPTION_KIND_CHOICE, /* int, an index of `choices` */
	OPTION_KIND_LIST,   /* struct option_list, borrowed from argv */
};

/* What an option that may be given several times was given. */
enum { OPTION_LIST_MAX = 256 };
struct option_list {
	const char *items[OPTION_LIST_MAX];
	size_t count;
};

struct option_spec {
	enum option_kind kind;
	char letter;	      /* 0: only the long name */
	bool negatable;	      /* --no-<name> exists */
	bool optional;	      /* --<name> without an argument exists */
	const char *name;     /* without the dashes; NULL: only the letter */
	size_t offset;	      /* of the target in the struct of options */
	const char *argument; /* what <argument> is called; NULL: none */
	const char *help;     /* one line, lower case, no full stop */

	long long min, max;	    /* of a number */
	const char *const *choices; /* words, NULL ends the list */
	int bare;		    /* choice taken without an argument */
	int negated;		    /* choice taken by --no-<name> */
	const char *bare_string;    /* string taken without an argument */
	long long bare_number;	    /* number taken without an argument */
};

/*
 * The offset of a member, which must be of the given type.
 * NOLINTBEGIN(bugprone-macro-parentheses): these are names.
 */
#define OPTION_TARGET(structure, member, type) \
	_Generic(((structure *)0)->member, type : offsetof(structure, member))
/* NOLINTEND(bugprone-macro-parentheses) */

#define OPTION_END \
	{ \
		.kind = OPTION_KIND_END \
	}

/* --name sets a bool. */
#define OPTION_FLAG(c, long_name, structure, member, text) \
	{ \
		.kind = OPTION_KIND_FLAG, .letter = (c), .name = (long_name), \
		.offset = OPTION_TARGET(structure, member, bool), \
		.help = (text) \
	}

/* --name sets a bool, --no-name clears it. */
#define OPTION_NEGATABLE(c, long_name, structure, member, text) \
	{ \
		.kind = OPTION_KIND_FLAG, .letter = (c), .name = (long_name), \
		.offset = OPTION_TARGET(structure, member, bool), \
		.help = (text), .negatable = true \
	}

/* --name=<arg> sets a const char *. */
#define OPTION_STRING(c, long_name, structure, member, arg, text) \
	{ \
		.kind = OPTION_KIND_STRING, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, const char *), \
		.argument = (arg), .help = (text) \
	}

/* As OPTION_STRING(); --name alone sets it to `without`. */
#define OPTION_STRING_OPTIONAL(c, long_name, structure, member, arg, without, \
			       text) \
	{ \
		.kind = OPTION_KIND_STRING, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, const char *), \
		.argument = (arg), .help = (text), .optional = true, \
		.bare_string = (without) \
	}

/* Each --name=<arg> adds to a struct option_list. */
#define OPTION_LIST(c, long_name, structure, member, arg, text) \
	{ \
		.kind = OPTION_KIND_LIST, .letter = (c), .name = (long_name), \
		.offset = \
			OPTION_TARGET(structure, member, struct option_list), \
		.argument = (arg), .help = (text) \
	}

/* --name=<arg> sets a long long, a decimal number from `low` to `high`. */
#define OPTION_NUMBER(c, long_name, structure, member, arg, low, high, text) \
	{ \
		.kind = OPTION_KIND_NUMBER, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, long long), \
		.argument = (arg), .help = (text), .min = (low), .max = (high) \
	}

/* As OPTION_NUMBER(); --name alone sets it to `without`. */
#define OPTION_NUMBER_OPTIONAL(c, long_name, structure, member, arg, low, \
			       high, without, text) \
	{ \
		.kind = OPTION_KIND_NUMBER, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, long long), \
		.argument = (arg), .help = (text), .min = (low), \
		.max = (high), .optional = true, .bare_number = (without) \
	}

/* --name=<arg> sets an int to the place of the argument in `words`. */
#define OPTION_CHOICE(c, long_name, structure, member, arg, words, text) \
	{ \
		.kind = OPTION_KIND_CHOICE, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, int), \
		.argument = (arg), .help = (text), .choices = (words) \
	}

/* As OPTION_CHOICE(); --name alone sets it to `without`. */
#define OPTION_CHOICE_OPTIONAL(c, long_name, structure, member, arg, words, \
			       without, text) \
	{ \
		.kind = OPTION_KIND_CHOICE, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, int), \
		.argument = (arg), .help = (text), .choices = (words), \
		.optional = true, .bare = (without) \
	}

/* As OPTION_CHOICE_OPTIONAL(); --no-name sets it to `with_no`. */
#define OPTION_CHOICE_NEGATABLE(c, long_name, structure, member, arg, words, \
				without, with_no, text) \
	{ \
		.kind = OPTION_KIND_CHOICE, .letter = (c), \
		.name = (long_name), \
		.offset = OPTION_TARGET(structure, member, int), \
		.argument = (arg), .help = (text), .choices = (words), \
		.optional = true, .bare = (without), .negatable = true, \
		.negated = (with_no) \
	}

/* The arguments that are no options, as slices of argv. */
struct option_words {
	char **words;
	size_t count;
};

/* What every command answers without being run. */
enum option_request {
	OPTION_REQUEST_NONE,
	OPTION_REQUEST_USAGE,	   /* -h */
	OPTION_REQUEST_HELP,	   /* --help */
	OPTION_REQUEST_COMPLETION, /* --git-completion-helper */
};

struct option_result {
	struct option_words before;  /* what stands before `--` */
	struct option_words after;   /* what stands after it */
	bool separated;		     /* `--` was given */
	enum option_request request; /* the first one; reading stops there */
};

enum option_mode {
	OPTION_PERMUTE,	     /* options stand anywhere before `--` */
	OPTION_STOP_AT_WORD, /* the first other argument ends them */
};

/*
 * Reads argv[1] to argv[argc - 1] by the table `specs` into the struct at
 * `target`, which holds the defaults. argv[0] is not looked at. The words that
 * are no options are moved together within argv, and `result` points there. In
 * the mode OPTION_STOP_AT_WORD `before` is all that follows, a `--` included.
 * Errors: D1_EUSAGE, with the closest name as hint; D1_ENOMEM.
 */
int option_parse(int argc, char **argv, const struct option_spec *specs,
		 enum option_mode mode, void *target,
		 struct option_result *result, struct err *err) MUST_CHECK;

#endif
