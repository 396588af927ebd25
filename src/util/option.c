#include "config.h"

#include "util/option.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/similar.h"

/* What getopt_long() returns for entry i: these, plus 1 for --no-<name>. */
#define LONG_BASE (UCHAR_MAX + 1)
#define LONG_CODE(i) (LONG_BASE + 2 * (int)(i))
#define HELP_CODE INT_MAX

/* What getopt_long() returns for a word that is no option. */
#define WORD 1

/* The table in the two forms that getopt_long() reads. */
struct getopt_tables {
	struct option *names;
	char *letters;
};

static size_t count_specs(const struct option_spec *specs)
{
	size_t count = 0;

	while (specs[count].kind != OPTION_KIND_END)
		count++;
	return count;
}

/* The entry that a code of getopt_long() stands for, NULL if there is none. */
static const struct option_spec *find_spec(const struct option_spec *specs,
					   int code)
{
	if (code >= LONG_BASE)
		return &specs[(code - LONG_BASE) / 2];
	for (; specs->kind != OPTION_KIND_END; specs++)
		if (specs->letter == code)
			return specs;
	return NULL;
}

static int argument_kind(const struct option_spec *spec)
{
	if (!spec->argument)
		return no_argument;
	return spec->optional ? optional_argument : required_argument;
}

static struct option *add_names(struct arena *arena, struct option *name,
				const struct option_spec *spec, int code)
{
	*name++ =
		(struct option){ spec->name, argument_kind(spec), NULL, code };
	if (!spec->negatable)
		return name;
	*name = (struct option){ arena_format(arena, "no-%s", spec->name),
				 no_argument, NULL, code + 1 };
	return name->name ? name + 1 : NULL;
}

static char *add_letter(char *end, const struct option_spec *spec)
{
	*end++ = spec->letter;
	for (int colons = argument_kind(spec); colons > 0; colons--)
		*end++ = ':';
	return end;
}

/* Allocates from `arena`; the memory is zero, which ends both tables. */
static int make_tables(struct getopt_tables *tables, struct arena *arena,
		       const struct option_spec *specs, enum option_mode mode,
		       struct err *err)
{
	size_t count = count_specs(specs);
	struct option *name;
	char *end;

	tables->names = name =
		arena_array(arena, 2 * count + 2, sizeof(*tables->names));
	tables->letters = end = arena_alloc(arena, 3 * count + 4);
	if (!name || !end)
		return err_set_nomem(err);
	*end++ = mode == OPTION_PERMUTE ? '-' : '+';
	*end++ = ':'; /* leave the messages to us */
	for (size_t i = 0; i < count; i++) {
		if (specs[i].letter)
			end = add_letter(end, &specs[i]);
		if (specs[i].name)
			name = add_names(arena, name, &specs[i], LONG_CODE(i));
		if (!name)
			return err_set_nomem(err);
	}
	*name = (struct option){ "help", no_argument, NULL, HELP_CODE };
	if (!find_spec(specs, 'h'))
		*end = 'h';
	return 0;
}

/* What the user calls the option, for messages. */
static const char *spelling(const struct option_spec *spec, char text[64])
{
	if (spec->name)
		snprintf(text, 64, "--%s", spec->name);
	else
		snprintf(text, 64, "-%c", spec->letter);
	return text;
}

static int set_number(long long *target, const struct option_spec *spec,
		      const char *text, struct err *err)
{
	long long number;
	char name[64], *end;
	bool plain = (*text >= '0' && *text <= '9') || *text == '-';

	errno = 0;
	number = strtoll(text, &end, 10);
	if (!plain || errno || end == text || *end || number < spec->min ||
	    number > spec->max)
		return err_set(err, D1_EUSAGE,
			       "option '%s' takes a number "
			       "from %lld to %lld, not '%s'",
			       spelling(spec, name), spec->min, spec->max,
			       text);
	*target = number;
	return 0;
}

static int set_choice(int *target, const struct option_spec *spec,
		      const char *text, struct err *err)
{
	struct buf words;
	char name[64];

	buf_init(&words, sizeof(err->hint));
	for (int i = 0; spec->choices[i]; i++) {
		if (strcmp(spec->choices[i], text) == 0) {
			*target = i;
			goto out;
		}
		buf_add_format(&words, "%s%s", i ? ", " : "", spec->choices[i]);
	}
	err_set(err, D1_EUSAGE, "option '%s' does not know '%s'",
		spelling(spec, name), text);
	if (!words.failed)
		err_hint(err, "<%s> is one of: %s", spec->argument, words.data);
out:
	buf_release(&words);
	return err->code;
}

static int add_to_list(struct option_list *list, const struct option_spec *spec,
		       const char *text, struct err *err)
{
	char name[64];

	if (list->count == OPTION_LIST_MAX)
		return err_set(err, D1_EUSAGE,
			       "option '%s' is given more than %d times",
			       spelling(spec, name), OPTION_LIST_MAX);
	list->items[list->count++] = text;
	return 0;
}

/* Stores an option. `argument` is NULL if none was given. */
static int set_option(const struct option_spec *spec, bool negated,
		      const char *argument, void *target, struct err *err)
{
	void *member = (char *)target + spec->offset;

	switch (spec->kind) {
	case OPTION_KIND_FLAG:
		*(bool *)member = !negated;
		return 0;
	case OPTION_KIND_STRING:
		*(const char **)member =
			argument ? argument : spec->bare_string;
		return 0;
	case OPTION_KIND_NUMBER:
		if (argument)
			return set_number(member, spec, argument, err);
		*(long long *)member = spec->bare_number;
		return 0;
	case OPTION_KIND_CHOICE:
		if (argument)
			return set_choice(member, spec, argument, err);
		*(int *)member = negated ? spec->negated : spec->bare;
		return 0;
	case OPTION_KIND_LIST:
		return add_to_list(member, spec, argument, err);
	case OPTION_KIND_END:
		break;
	}
	return 0;
}

/* Says that `word`, beginning with "--", is no option, or more than one. */
static int unknown_name(const char *word, const struct option *names,
			struct err *err)
{
	size_t len = strcspn(word + 2, "=");
	char typed[64];
	struct similar similar;
	const char *first = NULL;

	snprintf(typed, sizeof(typed), "%.*s", (int)len, word + 2);
	similar_init(&similar, typed);
	for (; names->name; names++) {
		if (strncmp(names->name, word + 2, len) != 0) {
			similar_offer(&similar, names->name);
			continue;
		}
		if (first)
			return err_set(err, D1_EUSAGE,
				       "ambiguous option '--%s' (could be "
				       "'--%s' or '--%s')",
				       typed, first, names->name);
		first = names->name;
	}
	err_set(err, D1_EUSAGE, "unknown option '--%s'", typed);
	if (similar.best)
		err_hint(err, "the closest option is '--%s'", similar.best);
	return err->code;
}

/* Explains a '?' or ':' of getopt_long(), which met it in `word`. */
static int explain(int code, const char *word, const struct option *names,
		   const struct option_spec *specs, struct err *err)
{
	const struct option_spec *spec;
	char name[64];

	if (optopt == 0)
		return unknown_name(word, names, err);
	if (optopt == HELP_CODE)
		return err_set(err, D1_EUSAGE,
			       "option '--help' takes no argument");
	spec = find_spec(specs, optopt);
	if (!spec)
		return err_set(err, D1_EUSAGE, "unknown option '-%c'", optopt);
	if (code == ':')
		return err_set(err, D1_EUSAGE, "option '%s' wants <%s>",
			       spelling(spec, name), spec->argument);
	return err_set(err, D1_EUSAGE, "option '%.*s' takes no argument",
		       (int)strcspn(word, "="), word);
}

/* A request that getopt_long() met in `word`, or OPTION_REQUEST_NONE. */
static enum option_request request_of(int code, const char *word,
				      const struct option_spec *specs)
{
	if (code == HELP_CODE)
		return OPTION_REQUEST_HELP;
	if (code == 'h' && !find_spec(specs, 'h'))
		return OPTION_REQUEST_USAGE;
	if (code == '?' && optopt == 0 &&
	    strcmp(word, "--git-completion-helper") == 0)
		return OPTION_REQUEST_COMPLETION;
	return OPTION_REQUEST_NONE;
}

/*
 * Reads options up to `--`, `--end-of-options`, a request, or in the mode
 * OPTION_STOP_AT_WORD the first word. Words in between become
 * result->before, the rest starts at `optind`.
 */
static int read_options(int argc, char **argv,
			const struct getopt_tables *tables,
			const struct option_spec *specs, void *target,
			struct option_result *result, struct err *err)
{
	const char *word;
	int code, at, error = 0;

	optind = 0; /* start anew */
	opterr = 0;
	while (!error) {
		at = optind ? optind : 1;
		code = getopt_long(argc, argv, tables->letters, tables->names,
				   NULL);
		if (code == -1) {
			result->separated =
				at < argc && strcmp(argv[at], "--") == 0;
			break;
		}
		word = argv[optind - 1];
		result->request = request_of(code, word, specs);
		if (result->request || (code == '?' && optopt == 0 &&
					strcmp(word, "--end-of-options") == 0))
			break;
		if (code == WORD)
			argv[1 + result->before.count++] = optarg;
		else if (code == '?' || code == ':')
			error = explain(code, word, tables->names, specs, err);
		else
			error = set_option(find_spec(specs, code),
					   code >= LONG_BASE && code % 2 != 0,
					   optarg, target, err);
	}
	return error;
}

/* Shares out the words from argv[at] on, among which are no options. */
static void split_words(int argc, char **argv, int at,
			struct option_result *result)
{
	while (!result->separated && at < argc) {
		if (strcmp(argv[at], "--") == 0)
			result->separated = true;
		else
			argv[1 + result->before.count++] = argv[at];
		at++;
	}
	result->after.words = argv + at;
	result->after.count = (size_t)(argc - at);
}

int option_parse(int argc, char **argv, const struct option_spec *specs,
		 enum option_mode mode, void *target,
		 struct option_result *result, struct err *err)
{
	struct arena arena = ARENA_INIT;
	struct getopt_tables tables;
	int error;

	*result = (struct option_result){ .before.words = argv + 1 };
	error = make_tables(&tables, &arena, specs, mode, err);
	if (error)
		goto out;
	error = read_options(argc, argv, &tables, specs, target, result, err);
	if (error)
		goto out;
	if (mode == OPTION_PERMUTE) {
		split_words(argc, argv, optind, result);
	} else {
		result->before.words = argv + optind;
		result->before.count = (size_t)(argc - optind);
	}
out:
	arena_release(&arena);
	return error;
}
