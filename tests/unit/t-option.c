/* Option tables: parsing, messages, usage, completion. */
#include "config.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"
#include "util/option.h"
#include "util/usage.h"

struct options {
	bool stat;
	bool reverse;
	bool pager;
	long long lines;
	long long most;
	const char *where;
	const char *json;
	int color;
	int style;
};

static const char *const when[] = { "auto", "always", "never", NULL };

static const struct option_spec specs[] = {
	OPTION_FLAG(0, "stat", struct options, stat, "show a diffstat"),
	OPTION_FLAG('R', NULL, struct options, reverse, "swap the sides"),
	OPTION_NEGATABLE('p', "pager", struct options, pager, "use a pager"),
	OPTION_NUMBER('U', "unified", struct options, lines, "n", 0, INT_MAX,
		      "show <n> lines around a change"),
	OPTION_NUMBER_OPTIONAL(0, "most", struct options, most, "n", 1, 99, 7,
			       "show at most <n> changes"),
	OPTION_STRING(0, "where", struct options, where, "expr",
		      "only rows for which <expr> is true"),
	OPTION_STRING_OPTIONAL('j', "json", struct options, json, "form",
			       "document", "write JSON"),
	OPTION_CHOICE_NEGATABLE(0, "color", struct options, color, "when", when,
				1, 2, "use colour"),
	OPTION_CHOICE(0, "style-of-everything", struct options, style, "when",
		      when, "a long name"),
	OPTION_END
};

static const struct options defaults = {
	.pager = true,
	.lines = 3,
	.color = 0,
};

#define MOST_WORDS 16

/* Parses the words up to NULL, as arguments after the name of a program. */
static int parse_mode(enum option_mode mode, const char *const *words,
		      struct options *options, struct option_result *result,
		      struct err *err)
{
	static char *argv[MOST_WORDS + 2];
	int argc = 1;

	argv[0] = (char *)(uintptr_t) "program";
	while (words[argc - 1]) {
		assert_true(argc < MOST_WORDS);
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
		argc++;
	}
	argv[argc] = NULL;
	*options = defaults;
	err_clear(err);
	return option_parse(argc, argv, specs, mode, options, result, err);
}

#define PARSE(...) \
	parse_mode(OPTION_PERMUTE, (const char *const[]){ __VA_ARGS__, NULL }, \
		   &options, &result, &err)

#define EXPECT_ERROR(text, advice, ...) \
	do { \
		assert_int_equal(PARSE(__VA_ARGS__), D1_EUSAGE); \
		assert_string_equal(err.message, text); \
		assert_string_equal(err.hint, advice); \
	} while (0)

static struct options options;
static struct option_result result;
static struct err err;

static void test_every_kind(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--stat", "-R", "--no-pager", "-U0",
			       "--where=a = 1", "--json", "--color"),
			 0);
	assert_true(options.stat);
	assert_true(options.reverse);
	assert_false(options.pager);
	assert_int_equal(options.lines, 0);
	assert_string_equal(options.where, "a = 1");
	assert_string_equal(options.json, "document");
	assert_int_equal(options.color, 1);
	assert_int_equal(result.before.count, 0);
	assert_int_equal(result.after.count, 0);
	assert_false(result.separated);
}

static void test_forms_of_arguments(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-U", "5", "--where", "--", "-Rp"), 0);
	assert_int_equal(options.lines, 5);
	assert_string_equal(options.where, "--");
	assert_true(options.reverse);
	assert_false(result.separated);

	/* An argument that may be left out is never the next word. */
	assert_int_equal(PARSE("--json", "lines", "--color=never", "-jx"), 0);
	assert_string_equal(options.json, "x");
	assert_int_equal(options.color, 2);
	assert_int_equal(result.before.count, 1);
	assert_string_equal(result.before.words[0], "lines");

	assert_int_equal(PARSE("--most", "8"), 0);
	assert_int_equal(options.most, 7);
	assert_int_equal(result.before.count, 1);
	assert_int_equal(PARSE("--most=8"), 0);
	assert_int_equal(options.most, 8);
	EXPECT_ERROR("option '--most' takes a number from 1 to 99, not '0'",
		     "", "--most=0");

	assert_int_equal(PARSE("--no-color", "--where="), 0);
	assert_int_equal(options.color, 2);
	assert_string_equal(options.where, "");
}

static void test_last_one_counts(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--color", "--no-color", "--color=auto",
			       "--no-pager", "-p"),
			 0);
	assert_int_equal(options.color, 0);
	assert_true(options.pager);
}

static void test_words_between_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("local", "--stat", "remote", "-", "-R", "--",
			       "--stat", "lines", "--"),
			 0);
	assert_int_equal(result.before.count, 3);
	assert_string_equal(result.before.words[0], "local");
	assert_string_equal(result.before.words[1], "remote");
	assert_string_equal(result.before.words[2], "-");
	assert_true(result.separated);
	assert_int_equal(result.after.count, 3);
	assert_string_equal(result.after.words[0], "--stat");
	assert_string_equal(result.after.words[1], "lines");
	assert_string_equal(result.after.words[2], "--");
}

static void test_separator_alone(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--"), 0);
	assert_true(result.separated);
	assert_int_equal(result.before.count, 0);
	assert_int_equal(result.after.count, 0);
}

static void test_end_of_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("a", "--end-of-options", "--stat", "--", "-R"),
			 0);
	assert_false(options.stat);
	assert_false(options.reverse);
	assert_int_equal(result.before.count, 2);
	assert_string_equal(result.before.words[0], "a");
	assert_string_equal(result.before.words[1], "--stat");
	assert_int_equal(result.after.count, 1);
	assert_string_equal(result.after.words[0], "-R");
}

static void test_stop_at_word(void **state)
{
	const char *const words[] = { "--stat", "diff", "-R", "--", "t", NULL };

	(void)state;
	assert_int_equal(parse_mode(OPTION_STOP_AT_WORD, words, &options,
				    &result, &err),
			 0);
	assert_true(options.stat);
	assert_false(options.reverse);
	assert_int_equal(result.before.count, 4);
	assert_string_equal(result.before.words[0], "diff");
	assert_string_equal(result.before.words[2], "--");
}

static void test_abbreviations(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--uni=7", "--no-c", "--w", "x"), 0);
	assert_int_equal(options.lines, 7);
	assert_int_equal(options.color, 2);
	assert_string_equal(options.where, "x");
	EXPECT_ERROR("ambiguous option '--st' (could be '--stat' or "
		     "'--style-of-everything')",
		     "", "--st");
}

static void test_unknown_options(void **state)
{
	(void)state;
	EXPECT_ERROR("unknown option '--colour'",
		     "the closest option is '--color'", "--colour=always");
	EXPECT_ERROR("unknown option '--no-paper'",
		     "the closest option is '--no-pager'", "--no-paper");
	EXPECT_ERROR("unknown option '--completely-else'", "",
		     "--completely-else");
	EXPECT_ERROR("unknown option '-x'", "", "-Rx");
	EXPECT_ERROR("unknown option '--no-stat'",
		     "the closest option is '--stat'", "--no-stat");
}

static void test_bad_arguments(void **state)
{
	const char *const numbers[] = {
		"-1", "x",	    "",
		"1x", " 1",	    "+1",
		"-",  "2147483648", "99999999999999999999"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		char expected[200];

		assert_int_equal(PARSE("--unified", numbers[i]), D1_EUSAGE);
		snprintf(expected, sizeof(expected),
			 "option '--unified' takes "
			 "a number from 0 to 2147483647, not '%s'",
			 numbers[i]);
		assert_string_equal(err.message, expected);
	}
	EXPECT_ERROR("option '--where' wants <expr>", "", "--where");
	EXPECT_ERROR("option '--unified' wants <n>", "", "-U");
	EXPECT_ERROR("option '--stat' takes no argument", "", "--stat=3");
	EXPECT_ERROR("option '--no-color' takes no argument", "",
		     "--no-color=3");
	EXPECT_ERROR("option '--help' takes no argument", "", "--help=x");
	EXPECT_ERROR("option '--color' does not know 'sometimes'",
		     "<when> is one of: auto, always, never",
		     "--color=sometimes");
}

static void test_requests(void **state)
{
	(void)state;
	assert_int_equal(PARSE("x", "-h", "--bogus"), 0);
	assert_int_equal(result.request, OPTION_REQUEST_USAGE);
	assert_int_equal(PARSE("--help", "--bogus"), 0);
	assert_int_equal(result.request, OPTION_REQUEST_HELP);
	assert_int_equal(PARSE("--git-completion-helper"), 0);
	assert_int_equal(result.request, OPTION_REQUEST_COMPLETION);
	/* A word that spells like a request is a word. */
	assert_int_equal(PARSE("--", "-h"), 0);
	assert_int_equal(result.request, OPTION_REQUEST_NONE);
}

static void test_usage(void **state)
{
	const char *const lines[] = { "git d1 x [<options>]", "git d1 x -d",
				      NULL };
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	usage_add(&out, lines, specs);
	assert_string_equal(
		out.data,
		"usage: git d1 x [<options>]\n"
		"   or: git d1 x -d\n"
		"\n"
		"    --stat                show a diffstat\n"
		"    -R                    swap the sides\n"
		"    -p, --[no-]pager      use a pager\n"
		"    -U, --unified <n>     show <n> lines around a change\n"
		"    --most[=<n>]          show at most <n> changes\n"
		"    --where <expr>        only rows for which <expr> is true\n"
		"    -j, --json[=<form>]   write JSON\n"
		"    --[no-]color[=<when>] use colour\n"
		"    --style-of-everything <when>\n"
		"                          a long name\n");
	buf_release(&out);
}

static void test_completion(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	usage_add_completion(&out, specs);
	assert_string_equal(
		out.data,
		" --stat --pager --no-pager --unified= --most --most= --where="
		" --json --json= --color --color= --no-color --style-of-everything=");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_forms_of_arguments),
		cmocka_unit_test(test_last_one_counts),
		cmocka_unit_test(test_words_between_options),
		cmocka_unit_test(test_separator_alone),
		cmocka_unit_test(test_end_of_options),
		cmocka_unit_test(test_stop_at_word),
		cmocka_unit_test(test_abbreviations),
		cmocka_unit_test(test_unknown_options),
		cmocka_unit_test(test_bad_arguments),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_completion),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
