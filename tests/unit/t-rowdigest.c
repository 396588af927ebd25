/*
 * Digests of rows: SQLite finds rows to be what they are, and no change of any
 * cell to be the same, whatever types and lengths are in it.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/rowdigest.h"
#include "diff/pair.h"
#include "source/functions.h"
#include "source/statement.h"
#include "util/compiler.h"

enum { COLUMNS = 3, MAX_SQL = 1 << 20 };

#define INTEGER(n) \
	{ \
		.type = VALUE_INTEGER, .integer = n \
	}
#define REAL(n) \
	{ \
		.type = VALUE_REAL, .real = n \
	}
#define TEXT(text) \
	{ \
		.type = VALUE_TEXT, .data = text, .size = sizeof(text) - 1 \
	}
#define BLOB(bytes) \
	{ \
		.type = VALUE_BLOB, .data = bytes, .size = sizeof(bytes) - 1 \
	}

static const char *const names[COLUMNS] = { "k", "it\"s", "b" };
static struct column columns[COLUMNS] = {
	{ .name = "k", .affinity = AFFINITY_INTEGER },
	{ .name = "it\"s", .affinity = AFFINITY_BLOB },
	{ .name = "b", .affinity = AFFINITY_BLOB },
};
static const struct table stored = { .name = "t",
				     .columns = columns,
				     .ncolumns = COLUMNS };
static const struct changed_table table = { .name = "t",
					    .columns = names,
					    .ncolumns = COLUMNS };
static const size_t cells[] = { 1, 2 };

static char long_text[1000], longer_text[20000];

/* All differ, and each of them can be told. */
static struct value values[] = {
	{ .type = VALUE_NULL },
	INTEGER(0),
	INTEGER(1),
	INTEGER(INT64_MIN),
	INTEGER(INT64_MAX),
	REAL(0.0),
	REAL(-0.0),
	REAL(1.0),
	REAL(0.1),
	REAL(INFINITY),
	TEXT(""),
	TEXT("1"),
	TEXT("n"),
	TEXT("a\0b"),
	TEXT("\xff"),
	TEXT("\xf0\x9f\x98\x80 it's; \r\n"),
	BLOB(""),
	BLOB("1"),
	BLOB("\0\xff"),
	{ .type = VALUE_TEXT, .data = long_text, .size = sizeof(long_text) },
	{ .type = VALUE_TEXT,
	  .data = long_text,
	  .size = sizeof(long_text) - 1 },
	{ .type = VALUE_BLOB,
	  .data = longer_text,
	  .size = sizeof(longer_text) },
};

struct fixture {
	sqlite3 *db;
	struct row_digest *digest;
};

static void begin(struct fixture *fixture)
{
	struct err err = ERR_INIT;

	memset(long_text, 'x', sizeof(long_text));
	memset(longer_text, 'y', sizeof(longer_text));
	assert_int_equal(sqlite3_open(":memory:", &fixture->db), SQLITE_OK);
	assert_int_equal(functions_register(fixture->db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(
			fixture->db,
			"CREATE TABLE t(k INTEGER PRIMARY KEY, \"it\"\"s\","
			" b)",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(row_digest_open(&fixture->digest, &table, &stored,
					 cells, ARRAY_SIZE(cells), OLD, &err),
			 0);
	assert_non_null(fixture->digest);
}

static void end(struct fixture *fixture)
{
	row_digest_close(fixture->digest);
	sqlite3_close(fixture->db);
}

static struct row_change change_of(struct row *row, struct value *values_,
				   int64_t key, const struct value *a,
				   const struct value *b)
{
	values_[0] = (struct value)INTEGER(key);
	values_[1] = *a;
	values_[2] = *b;
	*row = (struct row){ .cells = values_, .ncells = COLUMNS };
	return (struct row_change){
		.op = CHANGE_DELETE, .keyed = true, .count = 1, .old = row
	};
}

/* Adds the row to the digest, which takes it. */
static void expect_row(struct fixture *fixture, int64_t key,
		       const struct value *a, const struct value *b)
{
	struct row row;
	struct value row_values[COLUMNS];
	const struct row_change change = change_of(&row, row_values, key, a, b);

	assert_true(row_digest_takes(fixture->digest, &change));
	row_digest_add(fixture->digest);
}

static void store_row(struct fixture *fixture, int64_t key,
		      const struct value *a, const struct value *b)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(fixture->db,
					    "REPLACE INTO t VALUES(?1,?2,?3)",
					    -1, &statement, NULL),
			 SQLITE_OK);
	sqlite3_bind_int64(statement, 1, key);
	assert_int_equal(statement_bind(statement, 2, a), SQLITE_OK);
	assert_int_equal(statement_bind(statement, 3, b), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	sqlite3_finalize(statement);
}

/* True if the stored rows are as they were added, by their keys from 0 on. */
static bool are_same(struct fixture *fixture)
{
	struct buf rows, sql;
	sqlite3_stmt *statement;
	bool same;

	buf_init(&rows, MAX_SQL);
	buf_init(&sql, MAX_SQL);
	buf_add_string(&rows, "SELECT t.k AS g");
	row_digest_add_columns(&rows, fixture->digest, "t");
	buf_add_string(&rows, " FROM t");
	buf_add_string(&sql, "SELECT ");
	row_digest_add_sql(&sql, fixture->digest, rows.data);
	assert_false(sql.failed);
	assert_true(sql.len < row_digest_sql_size(fixture->digest) + rows.len);
	assert_int_equal(sqlite3_prepare_v2(fixture->db, sql.data, -1,
					    &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	same = sqlite3_column_int(statement, 0) == 1;
	sqlite3_finalize(statement);
	buf_release(&rows);
	buf_release(&sql);
	return same;
}

/* Each value against each other one, beside others and in both columns. */
static void test_only_the_same_is_the_same(void **state)
{
	const struct value *one = &values[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct fixture fixture;

		begin(&fixture);
		expect_row(&fixture, 0, one, one);
		expect_row(&fixture, 1, &values[i], one);
		expect_row(&fixture, 2, one, &values[i]);
		store_row(&fixture, 0, one, one);
		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			store_row(&fixture, 1, &values[k], one);
			store_row(&fixture, 2, one, &values[i]);
			if (are_same(&fixture) != (i == k))
				fail_msg("values %zu and %zu", i, k);
			store_row(&fixture, 1, &values[i], one);
			store_row(&fixture, 2, one, &values[k]);
			if (are_same(&fixture) != (i == k))
				fail_msg("values %zu and %zu, second", i, k);
		}
		end(&fixture);
	}
}

static void test_rows_and_cells_do_not_change_places(void **state)
{
	const struct value *a = &values[1], *b = &values[2];
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	for (int64_t i = 0; i < 600; i++) {
		store_row(&fixture, i, i == 3 ? b : a, a);
		expect_row(&fixture, i, i == 3 ? b : a, a);
	}
	assert_true(are_same(&fixture));
	/* two rows exchange what they hold; 259 is 3 and a step of 256 */
	store_row(&fixture, 3, a, a);
	store_row(&fixture, 259, b, a);
	assert_false(are_same(&fixture));
	store_row(&fixture, 259, a, a);
	store_row(&fixture, 3, a, b);
	assert_false(are_same(&fixture));
	store_row(&fixture, 3, b, a);
	assert_true(are_same(&fixture));
	/* one is missing */
	assert_int_equal(sqlite3_exec(fixture.db, "DELETE FROM t WHERE k = 9",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_false(are_same(&fixture));
	end(&fixture);
}

/* Parts of long values that no block has in common. */
static void test_long_values_count_to_the_end(void **state)
{
	struct fixture fixture;
	char *other = malloc(sizeof(longer_text));
	const struct value *null = &values[0];
	const struct value longer = { .type = VALUE_TEXT,
				      .data = longer_text,
				      .size = sizeof(longer_text) };

	(void)state;
	assert_non_null(other);
	begin(&fixture);
	expect_row(&fixture, 0, &longer, null);
	expect_row(&fixture, 1, null, null);
	store_row(&fixture, 1, null, null);
	for (size_t i = 0; i < sizeof(longer_text); i += 193) {
		struct value changed = longer;

		memcpy(other, longer_text, sizeof(longer_text));
		other[i] = 'z';
		changed.data = other;
		store_row(&fixture, 0, &changed, null);
		assert_false(are_same(&fixture));
	}
	store_row(&fixture, 0, &longer, null);
	assert_true(are_same(&fixture));
	free(other);
	end(&fixture);
}

static void test_what_it_cannot_tell_is_not_taken(void **state)
{
	static char huge[60000];
	static const struct value hard[] = {
		REAL(5e-324),
		REAL(1.7976931348623157e308),
		{ .type = VALUE_BLOB, .data = huge, .size = sizeof(huge) },
	};
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(hard); i++) {
		struct row row;
		struct value row_values[COLUMNS];
		const struct row_change change =
			change_of(&row, row_values, 1, &values[0], &hard[i]);

		assert_false(row_digest_takes(fixture.digest, &change));
	}
	end(&fixture);
}

static void test_weights_are_drawn_anew(void **state)
{
	struct err err = ERR_INIT;
	struct fixture fixture;
	struct buf first, second;

	(void)state;
	begin(&fixture);
	buf_init(&first, MAX_SQL);
	buf_init(&second, MAX_SQL);
	expect_row(&fixture, 0, &values[2], &values[2]);
	row_digest_add_sql(&first, fixture.digest, "");
	assert_int_equal(row_digest_clear(fixture.digest, &err), 0);
	expect_row(&fixture, 0, &values[2], &values[2]);
	row_digest_add_sql(&second, fixture.digest, "");
	assert_string_not_equal(first.data, second.data);
	buf_release(&first);
	buf_release(&second);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_same_is_the_same),
		cmocka_unit_test(test_rows_and_cells_do_not_change_places),
		cmocka_unit_test(test_long_values_count_to_the_end),
		cmocka_unit_test(test_what_it_cannot_tell_is_not_taken),
		cmocka_unit_test(test_weights_are_drawn_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
