/* Names of tables and columns: bare or quoted, and back. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/name.h"
#include "model/sql.h"

/* Writes the name, expects the text, reads it back from a longer text. */
static void check(const char *name, const char *expected)
{
	struct buf text, same;

	buf_init(&text, 1 << 10);
	buf_init(&same, 1 << 10);
	name_add(&text, name);
	assert_string_equal(text.data, expected);
	buf_add_string(&text, ") key");
	buf_add_string(&same, "before ");
	assert_int_equal(name_read(&same, text.data, text.len),
			 strlen(expected));
	assert_int_equal(strlen(same.data), same.len);
	assert_string_equal(same.data + 7, name);
	buf_release(&text);
	buf_release(&same);
}

static void plain_names_are_bare(void **state)
{
	(void)state;
	check("city", "city");
	check("_", "_");
	check("2nd", "2nd");
	check("a.b-c$", "a.b-c$");
	check("Stra\xc3\x9f"
	      "e",
	      "Stra\xc3\x9f"
	      "e");
	check("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac");
	check("key", "key");
	check("NULL", "NULL");
}

static void other_names_are_quoted(void **state)
{
	(void)state;
	check("", "\"\"");
	check(".a", "\".a\"");
	check("-a", "\"-a\"");
	check("$a", "\"$a\"");
	check("a b", "\"a b\"");
	check("a,b", "\"a,b\"");
	check("a)", "\"a)\"");
	check("a\"b", "\"a\\\"b\"");
	check("a\\b", "\"a\\\\b\"");
	check("a\nb\t", "\"a\\nb\\t\"");
	check("a\xe2\x80\xae"
	      "b",
	      "\"a\\342\\200\\256b\"");
	check("a\xff", "\"a\\377\"");
	check("'", "\"'\"");
}

static void what_is_no_name_is_refused(void **state)
{
	static const char *const bad[] = {
		"",	  ".a",		  "-",
		"$",	  " a",		  ",",
		"\"",	  "\"a",	  "\"a\\\"",
		"\"\\0",  "\"\\x\"",	  "\"\\400\"",
		"\xff a", "\xe2\x80\xae",
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	buf_add_string(&out, "kept");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(name_read(&out, bad[i], strlen(bad[i])), 0);
		assert_string_equal(out.data, "kept");
	}
	assert_int_equal(name_read(&out, "\"a\\000b\"", 8), 0);
	assert_int_equal(name_read(&out, "a\0b", 3), 1);
	assert_string_equal(out.data, "kepta");
	buf_release(&out);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4);
	assert_int_equal(name_read(&out, "abcde", 5), 0);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void check_sql(const char *name, const char *expected)
{
	struct buf text, same;

	buf_init(&text, 1 << 10);
	buf_init(&same, 1 << 10);
	sql_add_name(&text, name);
	assert_string_equal(text.data, expected);
	buf_add_string(&text, " (a)");
	assert_int_equal(sql_read_name(&same, text.data, text.len),
			 strlen(expected));
	assert_string_equal(same.data ? same.data : "", name);
	buf_release(&text);
	buf_release(&same);
}

static void sql_names_double_the_quote(void **state)
{
	struct buf out;

	(void)state;
	check_sql("lines", "\"lines\"");
	check_sql("", "\"\"");
	check_sql("\"", "\"\"\"\"");
	check_sql("a\"b'c\\n", "\"a\"\"b'c\\n\"");
	buf_init(&out, 100);
	assert_int_equal(sql_read_name(&out, "lines", 5), 0);
	assert_int_equal(sql_read_name(&out, "", 0), 0);
	assert_int_equal(sql_read_name(&out, "\"", 1), 0);
	assert_int_equal(sql_read_name(&out, "\"a", 2), 0);
	assert_int_equal(sql_read_name(&out, "\"a\"\"", 4), 0);
	assert_int_equal(sql_read_name(&out, "\"a\0\"", 4), 0);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_are_bare),
		cmocka_unit_test(other_names_are_quoted),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
		cmocka_unit_test(sql_names_double_the_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
