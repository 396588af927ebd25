/* .gitattributes: what is there is found and kept, what is missing added. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "git/attributes.h"
#include "util/compiler.h"

#define LINE "d1/*/data/*.sql -text diff=d1 merge=d1"

static bool have(const char *text)
{
	return attributes_have(text, strlen(text), LINE);
}

static void a_line_is_found_in_any_spacing(void **state)
{
	(void)state;
	assert_true(have(LINE "\n"));
	assert_true(have(LINE));
	assert_true(have("*.png binary\r\n" LINE "\r\n*.x -text\r\n"));
	assert_true(have("\xef\xbb\xbf" LINE "\n"));
	assert_true(have("  d1/*/data/*.sql\t-text   diff=d1 merge=d1 \n"));
	assert_true(have("d1/*/data/*.sql merge=d1 -text -crlf diff=d1\n"));
	assert_false(have(""));
	assert_false(have("\n\n"));
	assert_false(have("# " LINE "\n"));
	assert_false(have("d1/*/data/*.sql -text diff=d1\n"));
	assert_false(have("d1/*/data/*.sql -text diff=d1 merge=d10\n"));
	assert_false(have("d1/*/data/*.sqlx -text diff=d1 merge=d1\n"));
	assert_false(have("d1/*/data/*.sql -text\ndiff=d1 merge=d1\n"));
}

static void a_pattern_in_quotes_is_one_word(void **state)
{
	static const char text[] = "\"my d1/*\" -text\n\"open -text\n";

	(void)state;
	assert_true(attributes_have(text, strlen(text), "\"my d1/*\" -text"));
	assert_false(attributes_have(text, strlen(text), "\"my -text"));
	assert_false(attributes_have(text, strlen(text), "\"open\" -text"));
	assert_false(attributes_have("\"\\", 2, "\"my\" -text"));
}

static void check_add(const char *before, const char *after)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_add_string(&text, before);
	attributes_add(&text, "*.x -text");
	assert_string_equal(text.data, after);
	buf_release(&text);
}

static void a_line_is_added_in_the_style_of_the_file(void **state)
{
	(void)state;
	check_add("", "*.x -text\n");
	check_add("a b\n", "a b\n*.x -text\n");
	check_add("a b", "a b\n*.x -text\n");
	check_add("a b\r\n", "a b\r\n*.x -text\r\n");
	check_add("a b\r\nc d", "a b\r\nc d\r\n*.x -text\r\n");
	check_add("a b\nc d\r\n", "a b\nc d\r\n*.x -text\n");
	check_add("\n", "\n*.x -text\n");
}

static void a_path_in_a_pattern_stands_for_itself(void **state)
{
	static const struct {
		const char *path;
		const char *pattern;
	} cases[] = {
		{ "d1", "d1/**" },
		{ "db/d1", "db/d1/**" },
		{ "my d1", "\"my d1/**\"" },
		{ "a*b", "a\\*b/**" },
		{ "a [x]", "\"a \\\\[x]/**\"" },
		{ "a\033[m", "\"a\\033\\\\[m/**\"" },
		{ "grün", "grün/**" },
		{ "#d1", "\\#d1/**" },
		{ "!d1", "\\!d1/**" },
		{ "\"d1", "\"\\\"d1/**\"" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_clear(&out);
		attributes_add_pattern(&out, cases[i].path, "/**");
		assert_string_equal(out.data, cases[i].pattern);
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_in_any_spacing),
		cmocka_unit_test(a_pattern_in_quotes_is_one_word),
		cmocka_unit_test(a_line_is_added_in_the_style_of_the_file),
		cmocka_unit_test(a_path_in_a_pattern_stands_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
