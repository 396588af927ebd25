/* What a column keeps, against what SQLite stores. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "model/affinity.h"
#include "util/compiler.h"

static const char *const types[] = { "", "TEXT", "NUMERIC", "INT", "REAL" };

static const char *const literals[] = {
	"NULL",
	"0",
	"1",
	"-9223372036854775808",
	"9007199254740993",
	"0.0",
	"-0.0",
	"0.5",
	"3.0",
	"4503599627370496.0",
	"2251799813685249.0",
	"9223372036854774784.0",
	"9223372036854775808.0",
	"-9223372036854775808.0",
	"-9223372036854774784.0",
	"9e999",
	"-9e999",
	"1e300",
	"''",
	"' '",
	"'a'",
	"'12'",
	"' 12'",
	"'12 '",
	"'\t12\n'",
	"'1 2'",
	"'-12'",
	"'+12'",
	"'- 12'",
	"'--1'",
	"'1.'",
	"'.5'",
	"'.'",
	"'-.'",
	"'1e3'",
	"'1E-3'",
	"'1e'",
	"'1e+'",
	"'e3'",
	"'.e3'",
	"'0x10'",
	"'inf'",
	"'9e999'",
	"'9223372036854775808'",
	"'1.5x'",
	"CAST(x'313200' AS TEXT)",
	"CAST(x'003132' AS TEXT)",
	"x''",
	"x'3132'",
};

static struct value value_of(sqlite3_stmt *statement)
{
	static const enum value_type kinds[] = {
		[SQLITE_NULL] = VALUE_NULL,  [SQLITE_INTEGER] = VALUE_INTEGER,
		[SQLITE_FLOAT] = VALUE_REAL, [SQLITE_TEXT] = VALUE_TEXT,
		[SQLITE_BLOB] = VALUE_BLOB,
	};
	struct value value = {
		.type = kinds[sqlite3_column_type(statement, 0)]
	};

	if (value.type == VALUE_INTEGER) {
		value.integer = sqlite3_column_int64(statement, 0);
	} else if (value.type == VALUE_REAL) {
		value.real = sqlite3_column_double(statement, 0);
	} else if (value.type != VALUE_NULL) {
		value.data = sqlite3_column_blob(statement, 0);
		value.size = (size_t)sqlite3_column_bytes(statement, 0);
	}
	return value;
}

/* Whether SQLite stores the literal in a column of that type as it is. */
static bool is_kept(sqlite3 *db, const char *type, const char *literal,
		    bool *told)
{
	char *create = sqlite3_mprintf("DROP TABLE IF EXISTS t;"
				       "CREATE TABLE t(c %s);"
				       "INSERT INTO t VALUES(%s)",
				       type, literal);
	char *select = sqlite3_mprintf("SELECT %s, c IS %s AND typeof(c) = "
				       "typeof(%s) FROM t",
				       literal, literal, literal);
	sqlite3_stmt *statement = NULL;
	struct value value;
	bool kept;

	assert_int_equal(sqlite3_exec(db, create, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, select, -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = value_of(statement);
	kept = sqlite3_column_int(statement, 1);
	*told = affinity_keeps(affinity_of_type(type), &value);
	sqlite3_finalize(statement);
	sqlite3_free(create);
	sqlite3_free(select);
	return kept;
}

static void test_keeps(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (size_t j = 0; j < ARRAY_SIZE(literals); j++) {
			bool told;

			if (is_kept(db, types[i], literals[j], &told) != told)
				fail_msg("%s in a column of type '%s'",
					 literals[j], types[i]);
		}
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
