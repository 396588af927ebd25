/* File names of tables: safe on every file system, and never shared. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "format/filename.h"

static void get(char file[256], const char *table)
{
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 255);
	assert_int_equal(filename_add(&out, table, &err), 0);
	memcpy(file, out.data, out.len + 1);
	buf_release(&out);
}

static void check(const char *table, const char *expected)
{
	char file[256];

	get(file, table);
	assert_string_equal(file, expected);
}

/* The two tables have different files, also where letter case is lost. */
static void check_apart(const char *a, const char *b)
{
	char a_file[256], b_file[256];

	get(a_file, a);
	get(b_file, b);
	if (strcasecmp(a_file, b_file) == 0)
		fail_msg("'%s' and '%s' are both %s", a, b, a_file);
}

static void plain_names_stay(void **state)
{
	(void)state;
	check("lines", "lines.sql");
	check("a_b-c.d9", "a_b-c.d9.sql");
	check("2024..log", "2024..log.sql");
	check("-", "-.sql");
	check("_", "_.sql");
}

static void other_bytes_are_encoded(void **state)
{
	(void)state;
	check("a b", "a%20b.sql");
	check("a/b\\c:d", "a%2Fb%5Cc%3Ad.sql");
	check("100%", "100%25.sql");
	check("%41", "%2541.sql");
	check("a~1", "a%7E1.sql");
	check("$x\"'", "%24x%22%27.sql");
	check("stra\xc3\x9f"
	      "e",
	      "stra%C3%9Fe.sql");
	check("e\xcc\x81", "e%CC%81.sql");
	check("\xff\n", "%FF%0A.sql");
	check("", "%.sql");
}

static void dots_at_the_ends_are_encoded(void **state)
{
	(void)state;
	check(".", "%2E.sql");
	check("..", "%2E%2E.sql");
	check(".git", "%2Egit.sql");
	check("a.", "a%2E.sql");
	check("a..", "a.%2E.sql");
	check("../x", "%2E.%2Fx.sql");
}

static void letter_case_makes_another_name(void **state)
{
	(void)state;
	check("Users", "%55sers.sql");
	check("users", "users.sql");
	check("CON", "%43%4F%4E.sql");
	check_apart("Users", "users");
	check_apart("USERS", "Users");
	check_apart("k\xc3\xa4se", "K\xc3\xa4se");
	check_apart("%4a", "%4A");
	check_apart("J", "%4a");
}

static void devices_of_windows_are_encoded(void **state)
{
	(void)state;
	check("con", "%63on.sql");
	check("nul", "%6Eul.sql");
	check("aux", "%61ux.sql");
	check("prn", "%70rn.sql");
	check("com1", "%63om1.sql");
	check("lpt9", "%6Cpt9.sql");
	check("con.x", "%63on.x.sql");
	check("com1.a.b", "%63om1.a.b.sql");
	check("con.", "%63on%2E.sql");
	check("con ", "con%20.sql");
	check("com\xc2\xb9", "com%C2%B9.sql");
	check("cons", "cons.sql");
	check("com", "com.sql");
	check("com12", "com12.sql");
	check("x.con", "x.con.sql");
	check_apart("con", "CON");
}

/* `size` times the byte, then `rest`. */
static const char *repeat(char table[1024], char c, size_t size,
			  const char *rest)
{
	memset(table, c, size);
	memcpy(table + size, rest, strlen(rest) + 1);
	return table;
}

static void long_names_are_cut(void **state)
{
	char table[1024], other[1024], file[256];

	(void)state;
	/* 200 bytes stay */
	get(file, repeat(table, 'a', 200, ""));
	assert_int_equal(strlen(file), 204);
	assert_memory_equal(file, table, 200);
	/* 201 do not; the digest is sha256sum's of the whole name */
	get(file, repeat(table, 'a', 201, ""));
	repeat(other, 'a', 191, "~a92efd82.sql");
	assert_string_equal(file, other);
	/* a byte's code is not cut through */
	get(file, repeat(table, 'a', 190, "\xc3\xa4\xc3\xa4\xc3\xa4"));
	assert_int_equal(strncmp(file + 190, "~", 1), 0);
	get(file, repeat(table, 'a', 189, "\xc3\xa4\xc3\xa4\xc3\xa4"));
	assert_int_equal(strncmp(file + 189, "~", 1), 0);
	get(file, repeat(table, 'a', 188, "\xc3\xa4\xc3\xa4\xc3\xa4"));
	assert_int_equal(strncmp(file + 188, "%C3~", 4), 0);
	check_apart(repeat(table, 'a', 300, "b"), repeat(other, 'a', 300, "c"));
	check_apart(repeat(table, 'A', 300, ""), repeat(other, 'a', 300, ""));
	/* a table that is named like a cut name */
	check_apart(repeat(table, 'a', 191, "~a92efd82"),
		    repeat(other, 'a', 201, ""));
}

static void names_with_control_characters_are_not_possible(void **state)
{
	(void)state;
	assert_true(filename_is_possible("lines"));
	assert_true(filename_is_possible("two words \"'%"));
	assert_true(filename_is_possible("stra\xc3\x9f"
					 "e"));
	assert_true(filename_is_possible(""));
	assert_false(filename_is_possible("a\nb"));
	assert_false(filename_is_possible("a\tb"));
	assert_false(filename_is_possible("a\x7f"));
	assert_false(filename_is_possible("a\xc2\x85"));
	assert_false(filename_is_possible("a\xe2\x80\xae"));
	assert_false(filename_is_possible("a\xff"));
	assert_false(filename_is_possible("\xed\xa0\x80"));
}

static void a_full_buffer_is_an_error(void **state)
{
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(filename_add(&out, "lines", &err), D1_ERROR);
	assert_string_equal(err.message,
			    "the name of a file is larger than 8 bytes");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_stay),
		cmocka_unit_test(other_bytes_are_encoded),
		cmocka_unit_test(dots_at_the_ends_are_encoded),
		cmocka_unit_test(letter_case_makes_another_name),
		cmocka_unit_test(devices_of_windows_are_encoded),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(
			names_with_control_characters_are_not_possible),
		cmocka_unit_test(a_full_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
