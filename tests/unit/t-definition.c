/* The collations of a key, read out of the text of a schema. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "source/definition.h"

/* Expects the names of the collations, NULL if the table is not found. */
static void check(const char *schema, const char *table, const char *const *key,
		  size_t nkey, const char *const *expected)
{
	enum collation collations[4] = { COLLATION_BINARY };
	struct err err = ERR_INIT;
	struct stream *stream;
	bool found;

	assert_int_equal(stream_open_bytes(&stream, schema, strlen(schema),
					   &err),
			 0);
	assert_int_equal(definition_collate(collations, &found, stream,
					    "schema.sql", table, key, nkey,
					    &err),
			 0);
	assert_int_equal(found, expected != NULL);
	for (size_t i = 0; expected && i < nkey; i++)
		assert_string_equal(collation_name(collations[i]), expected[i]);
}

static const char *const ab[] = { "a", "b" };
static const char *const ba[] = { "B", "a" };
static const char *const nocase_binary[] = { "NOCASE", "BINARY" };
static const char *const binary_nocase[] = { "BINARY", "NOCASE" };

static void of_the_primary_key(void **state)
{
	const char *schema = "CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT, "
			     "PRIMARY KEY(a, b));";

	(void)state;
	check(schema, "t", ab, 2, nocase_binary);
	check(schema, "t", ba, 2, binary_nocase);
	check("CREATE TABLE t(a TEXT, b TEXT COLLATE RTRIM, "
	      "PRIMARY KEY(a COLLATE NOCASE, b COLLATE BINARY));",
	      "t", ab, 2, nocase_binary);
}

static void of_a_unique_index(void **state)
{
	static const char *const rtrim[] = { "RTRIM" };

	(void)state;
	check("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL);"
	      "CREATE UNIQUE INDEX i ON t(a COLLATE RTRIM);",
	      "t", ab, 1, rtrim);
}

static void of_a_key_without_an_index(void **state)
{
	(void)state;
	check("CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE NOT NULL, b TEXT);",
	      "t", ab, 2, nocase_binary);
}

static void of_what_is_not_there(void **state)
{
	static const char *const none[] = { "none" };

	(void)state;
	check("CREATE TABLE t(a, b, PRIMARY KEY(a, b));", "u", ab, 2, NULL);
	check("CREATE TABLE t(a, b, PRIMARY KEY(a, b));", "t", none, 1, NULL);
	check("", "t", ab, 2, NULL);
	check("<<<<<<< ours\nCREATE TABLE t(a, b);", "t", ab, 2, NULL);
}

/* What a newer engine understands may stand behind the table. */
static void before_the_script_stops(void **state)
{
	(void)state;
	check("CREATE TABLE t(a TEXT COLLATE NOCASE, b, PRIMARY KEY(a, b));"
	      "CREATE SOMETHING NEW;",
	      "t", ab, 2, nocase_binary);
	check("ATTACH '/tmp/definition-attached' AS x;"
	      "CREATE TABLE t(a, b, PRIMARY KEY(a, b));",
	      "t", ab, 2, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_the_primary_key),
		cmocka_unit_test(of_a_unique_index),
		cmocka_unit_test(of_a_key_without_an_index),
		cmocka_unit_test(of_what_is_not_there),
		cmocka_unit_test(before_the_script_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
