/* What a schema of unknown origin can do on a connection, and what not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "source/guard.h"
#include "util/compiler.h"

static sqlite3 *open_guarded(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	/* as a careless caller may have left it */
	assert_int_equal(sqlite3_enable_load_extension(db, 1), SQLITE_OK);
	assert_int_equal(guard_database(db), SQLITE_OK);
	return db;
}

static void refuses_what_reaches_beyond(void **state)
{
	static const struct {
		const char *sql, *message;
	} cases[] = {
		{ "SELECT load_extension('./evil')", "not authorized" },
		{ "SELECT fts3_tokenizer('a', x'4141414141414141')",
		  "fts3tokenize disabled" },
		{ "ATTACH 'other.sqlite' AS other", "too many attached" },
		{ "PRAGMA writable_schema=ON;"
		  "DELETE FROM sqlite_schema",
		  "may not be modified" },
		{ "CREATE VIEW v AS SELECT load_extension('./evil') AS x;"
		  "SELECT x FROM v",
		  "unsafe use of load_extension()" },
		{ "CREATE TABLE d(a, b DEFAULT (load_extension('./evil')));"
		  "INSERT INTO d(a) VALUES(1)",
		  "unsafe use of load_extension()" },
		{ "CREATE TABLE g(a);"
		  "CREATE TRIGGER t AFTER INSERT ON g BEGIN"
		  " SELECT fts3_tokenizer('a', x'4141414141414141'); END;"
		  "INSERT INTO g VALUES(1)",
		  "unsafe use of fts3_tokenizer()" },
		{ "SELECT writefile('pwned', 'x')", "no such function" },
		{ "SELECT readfile('/etc/passwd')", "no such function" },
		{ "SELECT edit('x', 'touch pwned')", "no such function" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sqlite3 *db = open_guarded();

		assert_int_not_equal(sqlite3_exec(db, cases[i].sql, NULL, NULL,
						  NULL),
				     SQLITE_OK);
		if (!strstr(sqlite3_errmsg(db), cases[i].message))
			assert_string_equal(sqlite3_errmsg(db),
					    cases[i].message);
		sqlite3_close(db);
	}
}

static void lets_schemas_that_people_have_work(void **state)
{
	sqlite3 *db = open_guarded();

	(void)state;
	assert_int_equal(
		sqlite3_exec(db,
			     "CREATE TABLE t(j TEXT CHECK (json_valid(j)),"
			     " k AS (json_extract(j, '$.k')) STORED,"
			     " l AS (octet_length(j)));"
			     "CREATE INDEX i ON t(json_extract(j, '$.k'));"
			     "CREATE VIRTUAL TABLE f USING fts5(j);"
			     "CREATE TRIGGER g AFTER INSERT ON t BEGIN"
			     " INSERT INTO f VALUES(new.j); END;"
			     "INSERT INTO t(j) VALUES('{\"k\":1}');"
			     "SELECT k, l FROM t",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_reaches_beyond),
		cmocka_unit_test(lets_schemas_that_people_have_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
