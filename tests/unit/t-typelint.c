/* Values that their column's type does not suggest. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "diff/typelint.h"
#include "sandbox.h"
#include "source/sqlite.h"

/* Looks at all tables of a database that the statements make. */
static void lint_all(struct typelint *lint, const char *sql)
{
	struct err err = ERR_INIT;
	struct source *source;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), 0);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), 0);
	assert_int_equal(sqlite_wrap(&source, db, SQLITE_HANDLE_TAKEN, "it",
				     &err),
			 0);
	typelint_init(lint);
	for (size_t i = 0; i < source->schema->ntables; i++)
		assert_int_equal(typelint_table(lint, source,
						&source->schema->tables[i],
						NULL, &err),
				 0);
	source_close(source);
}

static void types_suggest_classes(void **state)
{
	static const struct {
		const char *declared;
		const char
			*found; /* of classes that SQLite leaves as they are */
	} cases[] = {
		{ "INTEGER", "real text blob" },
		{ "bigint", "real text blob" },
		{ "BOOLEAN", "real text blob" },
		{ "REAL", "text blob" },
		{ "double precision", "text blob" },
		{ "DECIMAL(10,2)", "text blob" },
		{ "NUMERIC", "text blob" },
		{ "VARCHAR(20)", "blob" },
		{ "TEXT", "blob" },
		{ "STRING", "integer real blob" },
		{ "datetime", "blob" },
		{ "TIMESTAMP", "blob" },
		{ "BLOB", "integer real text" },
		{ "", "" },
		{ "JSON", "" },
		{ "ANY", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char sql[200], found[50] = "";
		struct typelint lint;

		snprintf(sql, sizeof(sql),
			 "CREATE TABLE t(x %s); INSERT INTO t VALUES(NULL),(1),"
			 "(1.5),('x'),(x'00')",
			 cases[i].declared);
		lint_all(&lint, sql);
		for (size_t f = 0; f < lint.count; f++)
			snprintf(found + strlen(found),
				 sizeof(found) - strlen(found), "%s%s",
				 f > 0 ? " " : "",
				 typelint_class(lint.findings[f].found));
		assert_string_equal(found, cases[i].found);
		typelint_release(&lint);
	}
}

/* The same as text, a line for each finding. */
static char *lint_of(const char *sql)
{
	static char text[4096];
	struct typelint lint;

	lint_all(&lint, sql);
	text[0] = '\0';
	for (size_t i = 0; i < lint.count; i++) {
		const struct typelint_finding *f = &lint.findings[i];
		size_t used = strlen(text);

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s.%s %s %s %d", f->table, f->column,
					 f->declared, typelint_class(f->found),
					 (int)f->count);
		for (size_t s = 0; s < f->nshown; s++)
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used, " %s",
						 f->shown[s]);
		snprintf(text + used, sizeof(text) - used, "\n");
	}
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d rows",
		 (int)lint.rows);
	typelint_release(&lint);
	return text;
}

static void what_does_not_suit_is_counted_and_shown(void **state)
{
	(void)state;
	assert_string_equal(
		lint_of("CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, s STRING,"
			" b BLOB, x, d DATE);"
			"INSERT INTO t VALUES(1, 'a', '007', 'z', 'y', 'now'),"
			"(2, 5, 'ok', x'00', 1, 2), (3, 1.5, NULL, NULL, 2, 3),"
			"(4, 'it''s', 8, 9, 2, 3), (5, 'c', 8.5, NULL, 2, 3),"
			"(6, 'd', 8, NULL, 2, 3)"),
		"t.n INT real 1 1.5\n"
		"t.n INT text 4 'a' 'it''s' 'c'\n"
		"t.s STRING integer 3 7 8 8\n"
		"t.s STRING real 1 8.5\n"
		"t.b BLOB integer 1 9\n"
		"t.b BLOB text 1 'z'\n"
		"6 rows");
}

static void rows_without_a_key_and_with_null_keys_count(void **state)
{
	(void)state;
	assert_string_equal(lint_of("CREATE TABLE a(n INTEGER);"
				    "INSERT INTO a VALUES('x'), ('x'), (1);"
				    "CREATE TABLE b(k TEXT PRIMARY KEY, n INT);"
				    "INSERT INTO b VALUES(NULL, 'y'), ('k', "
				    "'z'), (NULL, 1);"),
			    "a.n INTEGER text 2 'x' 'x'\n"
			    "b.n INT text 2 'z' 'y'\n"
			    "6 rows");
}

static void what_can_hold_anything_is_not_read(void **state)
{
	(void)state;
	assert_string_equal(lint_of("CREATE TABLE a(n, j JSON, "
				    "g INT AS (n || 'x'));"
				    "INSERT INTO a VALUES('x', 1), (1, 2);"
				    "CREATE VIEW v AS SELECT 1"),
			    "0 rows");
}

static void a_long_value_is_cut(void **state)
{
	char *text;

	(void)state;
	text = lint_of("CREATE TABLE a(n INT);"
		       "INSERT INTO a VALUES(zeroblob(1000))");
	assert_non_null(strstr(text, "00'...\n1 rows"));
	assert_true(strlen(text) < 200);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(types_suggest_classes),
		TEST(what_does_not_suit_is_counted_and_shown),
		TEST(rows_without_a_key_and_with_null_keys_count),
		TEST(what_can_hold_anything_is_not_read),
		TEST(a_long_value_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
