/*
 * Cells in JSON: what the engine takes out of them is the value that was put
 * in, bit for bit, and only that counts as the same.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "apply/jsoncell.h"
#include "source/functions.h"
#include "util/compiler.h"

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

static const struct value values[] = {
	{ .type = VALUE_NULL },
	INTEGER(0),
	INTEGER(1),
	INTEGER(INT64_MAX),
	INTEGER(INT64_MIN),
	INTEGER(9007199254740993),
	REAL(0.0),
	REAL(-0.0),
	REAL(1.0),
	REAL(0.1),
	REAL(-1.5e-300),
	REAL(5e-324),
	REAL(2.2250738585072009e-308),
	REAL(1.7976931348623157e308),
	REAL(INFINITY),
	REAL(-INFINITY),
	TEXT(""),
	TEXT("0"),
	TEXT("1"),
	TEXT("a\0b"),
	TEXT("it's \"quoted\" \\u0041; ?1 -- x"),
	TEXT("\r\n\t\x1b\x7f"),
	TEXT("\xc3\xa9 \xe2\x80\xae \xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbb\xbf"),
	TEXT("\xff"),
	TEXT("\xed\xa0\x80"),
	TEXT("[\"b\",\"00\"]"),
	BLOB(""),
	BLOB("0"),
	BLOB("\0\xff"),
};

struct fixture {
	sqlite3 *db;
	struct buf sql;
	struct buf json;
};

static void begin(struct fixture *fixture)
{
	assert_int_equal(sqlite3_open(":memory:", &fixture->db), SQLITE_OK);
	assert_int_equal(functions_register(fixture->db), SQLITE_OK);
	buf_init(&fixture->sql, 1 << 16);
	buf_init(&fixture->json, 1 << 16);
}

static void end(struct fixture *fixture)
{
	buf_release(&fixture->sql);
	buf_release(&fixture->json);
	sqlite3_close(fixture->db);
}

/* Prepares the SQL and binds the JSON; the first row is at hand. */
static sqlite3_stmt *run(struct fixture *fixture)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(fixture->db, fixture->sql.data, -1,
					    &statement, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(statement, 1, fixture->json.data,
			  (int)fixture->json.len, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	return statement;
}

static struct value result(sqlite3_stmt *statement)
{
	struct value value = { .type = VALUE_NULL };

	switch (sqlite3_column_type(statement, 0)) {
	case SQLITE_INTEGER:
		value.type = VALUE_INTEGER;
		value.integer = sqlite3_column_int64(statement, 0);
		break;
	case SQLITE_FLOAT:
		value.type = VALUE_REAL;
		value.real = sqlite3_column_double(statement, 0);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		value.type = sqlite3_column_type(statement, 0) == SQLITE_TEXT
				     ? VALUE_TEXT
				     : VALUE_BLOB;
		value.data = sqlite3_column_blob(statement, 0);
		value.size = (size_t)sqlite3_column_bytes(statement, 0);
		break;
	default:
		break;
	}
	return value;
}

static void check_printable(const struct buf *json, bool literal)
{
	for (size_t i = 0; i < json->len; i++) {
		unsigned char c = (unsigned char)json->data[i];

		assert_true(c >= 0x20 && (!literal || c != 0x7f));
	}
}

/* The rows of the JSON, as a parameter or as a literal. */
static void add_rows(struct fixture *fixture, bool literal)
{
	buf_add_string(&fixture->sql, " FROM json_each(");
	if (literal)
		buf_add_format(&fixture->sql, "'%s'", fixture->json.data);
	else
		buf_add_string(&fixture->sql, "?1");
	buf_add_string(&fixture->sql, ") j");
}

/* Single quotes are JSON5, which older engines than D1's do not read. */
static bool reads_json5(void)
{
	return sqlite3_libversion_number() >= 3042000;
}

static void test_values_arrive_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(values); i++) {
		const struct value *value = &values[i / 2];
		bool literal = i % 2;
		unsigned int forms = 0;
		struct fixture fixture;
		sqlite3_stmt *statement;
		struct value arrived;

		begin(&fixture);
		buf_add_string(&fixture.json, "[[7,");
		jsoncell_add(&fixture.json, value, literal, &forms);
		buf_add_string(&fixture.json, "]]");
		check_printable(&fixture.json, literal);
		if (!literal && !reads_json5() &&
		    fixture.json.data[4] == '\'') {
			end(&fixture);
			continue;
		}
		buf_add_string(&fixture.sql, "SELECT ");
		jsoncell_add_decode(&fixture.sql, 1, forms, NULL);
		add_rows(&fixture, literal);
		statement = run(&fixture);
		arrived = result(statement);
		if (!value_equal(value, &arrived))
			fail_msg("value %zu: %s", i / 2, fixture.json.data);
		sqlite3_finalize(statement);
		end(&fixture);
	}
}

/* Each value against each other one, in a column without a type. */
static void test_only_the_same_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			unsigned int forms[2] = { 0, 0 };
			struct fixture fixture;
			sqlite3_stmt *statement;

			begin(&fixture);
			buf_add_char(&fixture.json, '[');
			buf_add_char(&fixture.json, '[');
			jsoncell_add(&fixture.json, &values[i], true,
				     &forms[0]);
			buf_add_char(&fixture.json, ',');
			jsoncell_add(&fixture.json, &values[k], true,
				     &forms[1]);
			buf_add_string(&fixture.json, "]]");
			buf_add_string(&fixture.sql,
				       "WITH v(a, x) AS (SELECT ");
			jsoncell_add_decode(&fixture.sql, 0, forms[0], NULL);
			buf_add_char(&fixture.sql, ',');
			jsoncell_add_decode(&fixture.sql, 1, forms[1], NULL);
			add_rows(&fixture, true);
			buf_add_string(&fixture.sql, ") SELECT ");
			jsoncell_add_same(&fixture.sql, "v.a", "v.x", forms[1]);
			buf_add_string(&fixture.sql, " FROM v");
			statement = run(&fixture);
			if (sqlite3_column_int(statement, 0) !=
			    value_equal(&values[i], &values[k]))
				fail_msg("values %zu and %zu: %s", i, k,
					 fixture.json.data);
			sqlite3_finalize(statement);
			end(&fixture);
		}
	}
}

/* What a cell looks like in a parameter, and in a literal. */
static void test_cells_are_short(void **state)
{
	static const struct {
		struct value value;
		const char *json[2];
	} cells[] = {
		{ TEXT("plain \"x\""),
		  { "'plain \"x\"'", "\"plain \\\"x\\\"\"" } },
		{ TEXT("it's"), { "\"it's\"", "\"it''s\"" } },
		{ TEXT("\\\n"), { "'\\\\\\n'", "\"\\\\\\n\"" } },
		{ REAL(124.625), { "124.625", "124.625" } },
		{ REAL(-5.0), { "-5.0", "-5.0" } },
		{ REAL(0.0), { "0.0", "0.0" } },
		{ REAL(-0.0), { "[\"r\",-1,-2000]", "[\"r\",-1,-2000]" } },
		/* 16 digits: an engine may read the double beside it */
		{ REAL(0.1 + 0.2),
		  { "[\"r\",5404319552844596,-54]",
		    "[\"r\",5404319552844596,-54]" } },
		{ REAL(1e-20),
		  { "[\"r\",6646139978924579,-119]",
		    "[\"r\",6646139978924579,-119]" } },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cells); i++) {
		struct buf json;
		unsigned int forms = 0;

		buf_init(&json, 1 << 16);
		jsoncell_add(&json, &cells[i / 2].value, i % 2, &forms);
		assert_string_equal(json.data, cells[i / 2].json[i % 2]);
		buf_release(&json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_arrive_exactly),
		cmocka_unit_test(test_only_the_same_is_the_same),
		cmocka_unit_test(test_cells_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
