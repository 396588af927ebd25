/* Paths, and names for people to type: relative, quoted, as patterns. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"
#include "util/compiler.h"
#include "util/file.h"
#include "util/glob.h"
#include "util/path.h"
#include "util/quote.h"
#include "util/replacement.h"

static void relative_paths_lead_from_one_to_the_other(void **state)
{
	static const struct {
		const char *dir;
		const char *path;
		const char *relative;
	} cases[] = {
		{ "/a/b", "/a/b/c", "c" },	{ "/a/b", "/a/b/c/d", "c/d" },
		{ "/a/b/c", "/a/b/d", "../d" }, { "/a/b/c", "/a/b", ".." },
		{ "/a/b", "/a/b", "." },	{ "/a/bc", "/a/bd", "../bd" },
		{ "/a/b", "/a/bc", "../bc" },	{ "/a/bc", "/a/b", "../b" },
		{ "/a", "/x/y", "../x/y" },	{ "/", "/x/y", "x/y" },
		{ "/a/b", "/", "../.." },	{ "/", "/", "." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *relative = path_relative(cases[i].dir, cases[i].path);
		char *back = path_resolve(cases[i].dir, relative);

		assert_string_equal(relative, cases[i].relative);
		assert_string_equal(back, cases[i].path);
		free(relative);
		free(back);
	}
}

static void words_of_a_shell_are_quoted_where_they_must(void **state)
{
	static const char *const cases[][2] = {
		{ "users", "users" },
		{ "table.users.maskColumns", "table.users.maskColumns" },
		{ "../.d1config", "../.d1config" },
		{ "", "''" },
		{ "two words", "'two words'" },
		{ "it's", "'it'\\''s'" },
		{ "$(x)", "'$(x)'" },
		{ "a\\*b", "'a\\*b'" },
		{ "~x", "'~x'" },
		{ "grün", "'grün'" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_clear(&out);
		quote_add_shell(&out, cases[i][0]);
		assert_string_equal(out.data, cases[i][1]);
	}
	buf_release(&out);
}

static void a_name_as_a_pattern_matches_itself_alone(void **state)
{
	static const char *const names[] = { "users", "a*b", "a?b",  "[ab]",
					     "a\\b",  "]",   "grün", "a.b" };
	struct buf pattern;

	(void)state;
	buf_init(&pattern, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		buf_clear(&pattern);
		glob_add_name(&pattern, names[i]);
		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			assert_int_equal(glob_match(pattern.data, names[j]),
					 i == j);
	}
	buf_release(&pattern);
}

static void check_content(const char *path, const char *content)
{
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, 4096);
	assert_int_equal(file_read(&text, path, 0, &err), 0);
	assert_string_equal(text.data, content);
	buf_release(&text);
}

static int write_file(const char *path, const char *text, struct err *err)
{
	struct replacement *file;

	if (replacement_create(&file, path, err) == 0 &&
	    replacement_write(file, text, strlen(text), err) == 0)
		(void)!replacement_publish(file, err);
	replacement_close(file);
	return err->code;
}

static void a_file_is_replaced_as_a_whole(void **state)
{
	const char *path = sandbox_path("file");
	struct err err = ERR_INIT;
	struct stat info;

	(void)state;
	umask(022);
	assert_int_equal(write_file(path, "one", &err), 0);
	check_content(path, "one");
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0644);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(write_file(path, "two!", &err), 0);
	check_content(path, "two!");
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
}

static void what_is_no_file_is_not_replaced(void **state)
{
	const char *target = sandbox_path("target");
	const char *link = sandbox_path("link");
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("target", "kept");
	assert_int_equal(symlink("target", link), 0);
	assert_int_equal(write_file(link, "x", &err), D1_EREFUSED);
	check_content(target, "kept");
	err_clear(&err);
	assert_int_equal(write_file(sandbox_path("."), "x", &err), D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(write_file(sandbox_path("no/file"), "x", &err),
			 D1_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_paths_lead_from_one_to_the_other),
		cmocka_unit_test(words_of_a_shell_are_quoted_where_they_must),
		cmocka_unit_test(a_name_as_a_pattern_matches_itself_alone),
		cmocka_unit_test_setup_teardown(a_file_is_replaced_as_a_whole,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_not_replaced,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
