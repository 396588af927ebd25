/* The rows of a rehearsal: what makes them others. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "schema/stagerows.h"
#include "util/compiler.h"

static sqlite3 *db;
static struct arena arena;

static int open_database(void **state)
{
	(void)state;
	return sqlite3_open(":memory:", &db);
}

static int close_database(void **state)
{
	(void)state;
	arena_release(&arena);
	return sqlite3_close(db);
}

static struct stagerows read_rows(const char *sql)
{
	struct err err = ERR_INIT;
	struct stagerows rows;

	assert_int_equal(stagerows_read(&rows, db, sql, &arena, &err), 0);
	return rows;
}

static bool are_same(const char *left, const char *right)
{
	struct stagerows a = read_rows(left), b = read_rows(right);

	assert_true(stagerows_are_same(&a, &b) == stagerows_are_same(&b, &a));
	return stagerows_are_same(&a, &b);
}

static void types_and_bytes_count(void **state)
{
	static const char *const all[] = {
		"SELECT 1",	    "SELECT 1.0",	"SELECT '1'",
		"SELECT x'31'",	    "SELECT NULL",	"SELECT ''",
		"SELECT x''",	    "SELECT -1",	"SELECT 'a'",
		"SELECT 'a '",	    "SELECT 'A'",	"SELECT x'6100'",
		"SELECT 1 WHERE 0", "SELECT 1, NULL",	"SELECT NULL, 1",
		"SELECT 'a', 'bc'", "SELECT 'ab', 'c'", "SELECT 1e300",
		"SELECT 0.1 + 0.2", "SELECT 0.3",	"SELECT -0.0 * 1",
		"VALUES(1),(1)",    "VALUES(1),(2)",	"VALUES(1),(2),(3)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t j = 0; j < ARRAY_SIZE(all); j++)
			if (are_same(all[i], all[j]) != (i == j))
				fail_msg("%s | %s", all[i], all[j]);
}

static void order_does_not_count(void **state)
{
	(void)state;
	assert_true(
		are_same("VALUES(1, 'a'),(2, 'b')", "VALUES(2, 'b'),(1, 'a')"));
	assert_true(
		are_same("VALUES('a'),('ab'),('')", "VALUES('ab'),(''),('a')"));
	assert_false(
		are_same("VALUES(1, 'a'),(2, 'b')", "VALUES(1, 'b'),(2, 'a')"));
	assert_false(are_same("VALUES('a'),('b')", "VALUES('ab'),('')"));
}

static void what_cannot_be_read_is_no_match(void **state)
{
	struct stagerows none = read_rows("SELECT nothing FROM nowhere");
	struct stagerows half =
		read_rows("SELECT abs(value - 9223372036854775807 - 1) FROM"
			  " (SELECT 1 AS value UNION ALL SELECT 0)");

	(void)state;
	assert_null(none.data);
	assert_null(half.data);
	assert_false(stagerows_are_same(&none, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_and_bytes_count),
		cmocka_unit_test(order_does_not_count),
		cmocka_unit_test(what_cannot_be_read_is_no_match),
	};

	return cmocka_run_group_tests(tests, open_database, close_database);
}
