/* What is kept of a database before its migrations, and what it explains. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/priorrows.h"
#include "util/compiler.h"

static struct value text(const char *string)
{
	return (struct value){ .type = VALUE_TEXT,
			       .data = string,
			       .size = strlen(string) };
}

static struct prior_rows *open_rows(sqlite3 **db)
{
	struct err err = ERR_INIT;
	struct prior_rows *prior;

	assert_int_equal(sqlite3_open(":memory:", db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(*db, "CREATE TABLE entries(entry BLOB)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(prior_rows_open(&prior, *db, &err), 0);
	return prior;
}

/* Keeps one table of two columns, in which no row is behind. */
static void keep_table(struct prior_rows *prior, const char *name,
		       const char *id, const char *other)
{
	struct column columns[] = { { .name = id }, { .name = other } };
	const struct table table = { .name = name,
				     .columns = columns,
				     .ncolumns = ARRAY_SIZE(columns) };
	const struct schema schema = { .tables = &table, .ntables = 1 };
	struct changes *none;
	struct err err = ERR_INIT;

	assert_int_equal(changes_open(&none, &err), 0);
	assert_int_equal(prior_rows_keep(prior, &schema, none, &err), 0);
	changes_close(none);
}

/* True if that explains another text in that column. */
static bool explains(struct prior_rows *prior, const char *name, const char *id,
		     const char *other)
{
	const char *const columns[] = { id, other };
	const size_t key[] = { 0 };
	const struct changed_table table = { .name = name,
					     .columns = columns,
					     .ncolumns = 2,
					     .key = key,
					     .nkey = 1 };
	const struct value cells[2][2] = { { text("1"), text("a") },
					   { text("1"), text("b") } };
	const struct row rows[2] = { { cells[OLD], 2 }, { cells[NEW], 2 } };
	const struct row_change change = { .op = CHANGE_UPDATE,
					   .keyed = true,
					   .count = 1,
					   .old = &rows[OLD],
					   .new = &rows[NEW] };
	const struct behind_row row = { .state = BEHIND_DRIFT,
					.table = &table,
					.change = &change };
	struct err err = ERR_INIT;
	bool answer;

	assert_int_equal(prior_rows_explain(prior, &row, &answer, &err), 0);
	return answer;
}

static void a_column_that_was_not_there(void **state)
{
	struct prior_rows *prior;
	sqlite3 *db;

	(void)state;
	prior = open_rows(&db);
	assert_false(explains(prior, "t", "id", "price"));
	keep_table(prior, "t", "id", "price");
	assert_false(explains(prior, "t", "id", "price"));
	assert_true(explains(prior, "t", "id", "added"));
	assert_true(explains(prior, "added", "id", "price"));
	prior_rows_close(prior);
	sqlite3_close(db);
}

/* 'a''b''c' can be the texts a and b'c, or a'b and c. */
static void names_with_quotes(void **state)
{
	struct prior_rows *prior;
	sqlite3 *db;

	(void)state;
	prior = open_rows(&db);
	keep_table(prior, "a", "id", "b'c");
	assert_false(explains(prior, "a", "id", "b'c"));
	assert_true(explains(prior, "a'b", "id", "c"));
	prior_rows_close(prior);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_that_was_not_there),
		cmocka_unit_test(names_with_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
