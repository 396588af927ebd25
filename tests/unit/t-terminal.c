/* Colours and width, against what git itself answers. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/terminal.h"

/* What `git config --get-color` prints for these values. */
static void test_colors(void **state)
{
	static const struct {
		const char *value;
		const char *sequence;
	} colors[] = {
		{ "", "" },
		{ "normal", "" },
		{ "-1", "" },
		{ "reset", "\033[m" },
		{ "Reset", "\033[m" },
		{ "red", "\033[31m" },
		{ "RED", "\033[31m" },
		{ "bold red", "\033[1;31m" },
		{ "red bold", "\033[1;31m" },
		{ "  red \t blue  ul ", "\033[4;31;44m" },
		{ "normal blue", "\033[44m" },
		{ "default", "\033[39m" },
		{ "default default", "\033[39;49m" },
		{ "brightred", "\033[91m" },
		{ "red brightblue", "\033[31;104m" },
		{ "reset bold", "\033[;1m" },
		{ "reset red", "\033[;31m" },
		{ "7", "\033[37m" },
		{ "8 9", "\033[90;101m" },
		{ "16", "\033[38;5;16m" },
		{ "255 254", "\033[38;5;255;48;5;254m" },
		{ "#ff00aa", "\033[38;2;255;0;170m" },
		{ "#FF00AA #010203", "\033[38;2;255;0;170;48;2;1;2;3m" },
		{ "bold dim italic ul blink reverse strike",
		  "\033[1;2;3;4;5;7;9m" },
		{ "nobold no-dim no-italic noul noblink noreverse nostrike",
		  "\033[22;23;24;25;27;29m" },
		{ "bold dim italic ul blink reverse strike nobold noitalic "
		  "noul noblink noreverse nostrike #ffffff #eeeeee reset",
		  "\033[;1;2;3;4;5;7;9;22;23;24;25;27;29;38;2;255;255;255"
		  ";48;2;238;238;238m" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(colors); i++) {
		struct err err = ERR_INIT;
		char sequence[COLOR_SIZE];

		assert_int_equal(color_parse(sequence, colors[i].value, &err),
				 0);
		assert_string_equal(sequence, colors[i].sequence);
	}
}

static void test_bad_colors(void **state)
{
	static const char *const bad[] = {
		"pink",
		"red blue green",
		"256",
		"-2",
		"#ff00a",
		"#gg0000",
		"#",
		"bold-red",
		"1x",
		"#-10203",
		"brightdefault",
		"a-word-much-longer-than-any-colour-has-a-right-to-be"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;
		char sequence[COLOR_SIZE];

		assert_int_equal(color_parse(sequence, bad[i], &err), D1_ERROR);
		assert_non_null(strstr(err.message, bad[i]));
	}
}

static bool wanted(enum color_when when, const char *command, const char *ui)
{
	const struct color_config config = { .command = command, .ui = ui };
	struct err err = ERR_INIT;
	bool answer;

	assert_int_equal(terminal_color_wanted(&answer, when, &config, &err),
			 0);
	return answer;
}

/* A pager in use stands for the terminal that a test does not have. */
static void test_color_wanted(void **state)
{
	(void)state;
	setenv("TERM", "xterm", 1);
	setenv("GIT_PAGER_IN_USE", "true", 1);
	assert_true(wanted(COLOR_ALWAYS, "never", "never"));
	assert_false(wanted(COLOR_NEVER, "always", "always"));
	assert_true(wanted(COLOR_UNSET, NULL, NULL));
	assert_true(wanted(COLOR_UNSET, NULL, "true"));
	assert_false(wanted(COLOR_UNSET, NULL, "false"));
	assert_false(wanted(COLOR_UNSET, "no", "always"));
	assert_true(wanted(COLOR_UNSET, "Always", "never"));
	assert_true(wanted(COLOR_UNSET, "1", "never"));
	assert_false(wanted(COLOR_UNSET, "0", "always"));
	assert_false(wanted(COLOR_UNSET, "", "always"));
	assert_true(wanted(COLOR_AUTO, "never", "never"));

	setenv("TERM", "dumb", 1);
	assert_false(wanted(COLOR_AUTO, NULL, NULL));
	assert_false(wanted(COLOR_UNSET, "true", NULL));
	assert_true(wanted(COLOR_UNSET, "always", NULL));
	setenv("TERM", "xterm", 1);
}

static void test_color_through_pager(void **state)
{
	struct color_config config = { .ui = "auto", .pager = "false" };
	struct err err = ERR_INIT;
	bool answer;

	(void)state;
	setenv("GIT_PAGER_IN_USE", "true", 1);
	assert_int_equal(terminal_color_wanted(&answer, COLOR_UNSET, &config,
					       &err),
			 0);
	assert_false(answer);

	config.pager = "perhaps";
	assert_int_equal(terminal_color_wanted(&answer, COLOR_UNSET, &config,
					       &err),
			 D1_ERROR);
	assert_string_equal(err.message, "cannot read 'color.pager': "
					 "bad boolean value 'perhaps'");

	err_clear(&err);
	config.command = "red";
	assert_int_equal(terminal_color_wanted(&answer, COLOR_UNSET, &config,
					       &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "cannot read 'color.d1': bad boolean value 'red'");
}

static void test_width(void **state)
{
	(void)state;
	setenv("COLUMNS", "132", 1);
	assert_int_equal(terminal_width(), 132);
	setenv("COLUMNS", "nonsense", 1);
	assert_true(terminal_width() > 0);
	unsetenv("COLUMNS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_bad_colors),
		cmocka_unit_test(test_color_wanted),
		cmocka_unit_test(test_color_through_pager),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
