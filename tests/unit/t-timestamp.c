/* Time stamps: every form of one moment is that moment, nonsense is none. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "model/timestamp.h"

#define INTEGER(number) \
	((struct value){ .type = VALUE_INTEGER, .integer = (number) })
#define REAL(number) ((struct value){ .type = VALUE_REAL, .real = (number) })

/* 2024-02-29 12:30:45 UTC */
#define MOMENT 1709209845000000

/*
 * Reads a text that is a copy of exactly its size on the heap, so that a
 * sanitizer sees a read too far.
 */
static bool read_bytes(const char *data, size_t size, int64_t *microseconds)
{
	char *copy = malloc(size ? size : 1);
	struct value value = { .type = VALUE_TEXT };
	bool read;

	assert_non_null(copy);
	memcpy(copy, data, size);
	value.data = copy;
	value.size = size;
	read = timestamp_read(&value, microseconds);
	free(copy);
	return read;
}

static int64_t text(const char *string)
{
	int64_t microseconds = 0;

	if (!read_bytes(string, strlen(string), &microseconds))
		fail_msg("'%s' is not read", string);
	return microseconds;
}

static int64_t number(struct value value)
{
	int64_t microseconds = 0;

	assert_true(timestamp_read(&value, &microseconds));
	return microseconds;
}

static void refuse(const char *data, size_t size)
{
	int64_t microseconds = 4711;

	if (read_bytes(data, size, &microseconds))
		fail_msg("'%.*s' is read", (int)size, data);
	assert_int_equal(microseconds, 4711);
}

static void units_are_told_by_their_magnitude(void **state)
{
	(void)state;
	assert_int_equal(number(INTEGER(0)), 0);
	assert_int_equal(number(INTEGER(-1)), -1000000);
	assert_int_equal(number(INTEGER(2460000)), 2460000000000);
	assert_int_equal(number(INTEGER(1709209845)), MOMENT);
	assert_int_equal(number(INTEGER(1709209845000)), MOMENT);
	assert_int_equal(number(INTEGER(1709209845000000)), MOMENT);
	assert_int_equal(number(INTEGER(1709209845000000999)), MOMENT);
	assert_int_equal(number(INTEGER(99999999999)), 99999999999000000);
	assert_int_equal(number(INTEGER(100000000000)), 100000000000000);
	assert_int_equal(number(INTEGER(-100000000000)), -100000000000000);
	assert_int_equal(number(INTEGER(-1709209845000000001)), -MOMENT - 1);
	assert_int_equal(number(INTEGER(INT64_MAX - 1)), INT64_MAX / 1000);
}

static void reals_are_julian_days_or_counts(void **state)
{
	(void)state;
	assert_int_equal(number(REAL(2440587.5)), 0);
	assert_int_equal(number(REAL(0.0)), -210866760000000000);
	assert_int_equal(number(REAL(2460370.0213541664)), MOMENT);
	assert_int_equal(number(REAL(5373484.4999)),
			 text("9999-12-31T23:59:51.360Z"));
	assert_int_equal(number(REAL(5373484.5)), 5373484500000);
	assert_int_equal(number(REAL(-1.5)), -1500000);
	assert_int_equal(number(REAL(1709209845.0)), MOMENT);
	assert_int_equal(number(REAL(1709209845.123)), MOMENT + 123000);
	assert_int_equal(number(REAL(1709209845123.456)), MOMENT + 123456);
	assert_int_equal(number(REAL(1709209845000001.0)), MOMENT + 1);
}

static void numbers_in_text_are_numbers(void **state)
{
	(void)state;
	assert_int_equal(text("1709209845"), MOMENT);
	assert_int_equal(text(" 1709209845000\n"), MOMENT);
	assert_int_equal(text("+1709209845000000"), MOMENT);
	assert_int_equal(text("1709209845.0"), MOMENT);
	assert_int_equal(text("1.709209845e9"), MOMENT);
	assert_int_equal(text("1709209845E3"), MOMENT);
	assert_int_equal(text("2460370.0213541664"), MOMENT);
	assert_int_equal(text("-5"), -5000000);
	assert_int_equal(text(".5"), text("-4713-11-25 00:00"));
}

static void iso_forms_of_a_moment_are_equal(void **state)
{
	static const char *const forms[] = {
		"2024-02-29T12:30:45Z",
		"2024-02-29t12:30:45z",
		"2024-02-29 12:30:45",
		"2024-02-29T12:30:45",
		"2024-02-29 12:30:45 UTC",
		"2024-02-29 12:30:45 GMT",
		"2024-02-29T12:30:45.000Z",
		"2024-02-29T12:30:45.0000009Z",
		"2024-02-29T14:30:45+02:00",
		"2024-02-29T14:30:45+0200",
		"2024-02-29 14:30:45+02",
		"2024-02-29 14:30:45 +02:00",
		"2024-02-29T08:00:45-04:30",
		"2024-02-29T08:00:45-0430",
		"2024-03-01T02:30:45+14:00",
		"  2024-02-29  12:30:45  ",
		"+002024-02-29T12:30:45.000Z",
		"Thu, 29 Feb 2024 12:30:45 GMT",
		"29 Feb 2024 12:30:45 +0000",
		"thu, 29 feb 2024 12:30:45 ut",
		"29 Feb 2024 13:30:45 +0100",
		"Thu, 29 Feb 2024 07:30:45 -0500",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		assert_int_equal(text(forms[i]), MOMENT);
}

static void dates_are_gregorian(void **state)
{
	(void)state;
	assert_int_equal(text("1970-01-01"), 0);
	assert_int_equal(text("1969-12-31 23:59:59.999999"), -1);
	assert_int_equal(text("2000-02-29"), 951782400000000);
	assert_int_equal(text("0000-01-01"), -62167219200000000);
	assert_int_equal(text("-000001-12-31T24:00:00Z"), text("0000-01-01"));
	assert_int_equal(text("-0001-12-31 24:00"), text("0000-01-01"));
	assert_int_equal(text("2023-12-31 24:00:00.0"), text("2024-01-01"));
	assert_int_equal(text("+275760-09-13"), 8640000000000000000);
	assert_int_equal(text("-271821-04-20"), -8640000000000000000);
	assert_int_equal(text("2024-02-29 12:30"), MOMENT - 45000000);
	assert_int_equal(text("2024-02-29 12:30:45.5"), MOMENT + 500000);
	assert_int_equal(text("2024-02-29 12:30:45.123456789Z"),
			 MOMENT + 123456);
	assert_int_equal(text("1 Jan 1970 00:00 GMT"), 0);
	assert_int_equal(text("Wed, 31 Dec 1969 23:59:59 GMT"), -1000000);
	assert_int_equal(text("Sat, 01 Jan 0000 00:00:00 GMT"),
			 text("0000-01-01"));
}

static void nonsense_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"now",
		"yesterday",
		"12:30",
		"-",
		"+",
		".",
		"1e",
		"1e+",
		"0x10",
		"1_000",
		"1 2",
		"--1",
		"inf",
		"nan",
		"2024-13-01",
		"2024-00-01",
		"2024-01-00",
		"2024-01-32",
		"2024-02-30",
		"2023-02-29",
		"1900-02-29",
		"2024-04-31",
		"2024-2-29",
		"24-02-29",
		"02024-02-29",
		"+2024-02-29",
		"002024-02-29",
		"2024-02",
		"2024-02-29T",
		"2024-02-29Z",
		"2024-02-29T12",
		"2024-02-29T12:",
		"2024-02-29T12:3",
		"2024-02-29T12:60",
		"2024-02-29T25:00",
		"2024-02-29T24:00:01",
		"2024-02-29T24:00:00.000001",
		"2024-02-29T23:59:60",
		"2024-02-29T12:30:",
		"2024-02-29T12:30:45.",
		"2024-02-29T12:30:45.5x",
		"2024-02-29T12:30:45+",
		"2024-02-29T12:30:45+2",
		"2024-02-29T12:30:45+02:",
		"2024-02-29T12:30:45+020",
		"2024-02-29T12:30:45+15:00",
		"2024-02-29T12:30:45+02:60",
		"2024-02-29T12:30:45ZZ",
		"2024-02-29T12:30:45 CET",
		"2024-02-29x12:30:45",
		"2024/02/29",
		"20240229T123045Z",
		"Fri, 29 Feb 2024 12:30:45 GMT",
		"Thu 29 Feb 2024 12:30:45 GMT",
		"Thu, 30 Feb 2024 12:30:45 GMT",
		"29 Foo 2024 12:30:45 GMT",
		"Thu, 29 Feb 2024 12:30:45",
		"Thu, 29 Feb 2024",
		"29 Feb 2024",
		"Thu, 029 Feb 2024 12:30:45 GMT",
		"+300000-01-01",
		"-300000-01-01",
		"9223372036854775807",
		"9223372036854775808",
		"1e19",
		"-1e300",
		"1e999",
	};
	int64_t microseconds = 4711;
	char zeros[66];

	(void)state;
	memset(zeros, '0', sizeof(zeros));
	refuse(zeros, 65);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuse(texts[i], strlen(texts[i]));
	refuse("1\0", 2);
	refuse("2024-02-29\0", 11);
	assert_false(timestamp_read(&(struct value){ .type = VALUE_NULL },
				    &microseconds));
	assert_false(timestamp_read(
		&(struct value){ .type = VALUE_BLOB, .data = "0", .size = 1 },
		&microseconds));
	assert_false(timestamp_read(&(struct value){ .type = VALUE_TEXT },
				    &microseconds));
	assert_false(timestamp_read(&INTEGER(INT64_MAX), &microseconds));
	assert_false(timestamp_read(&INTEGER(INT64_MIN), &microseconds));
	assert_false(timestamp_read(&REAL(INFINITY), &microseconds));
	assert_false(timestamp_read(&REAL(-INFINITY), &microseconds));
	assert_false(timestamp_read(&REAL(NAN), &microseconds));
	assert_false(timestamp_read(&REAL(9.3e18), &microseconds));
	assert_int_equal(microseconds, 4711);
}

/* SQLite's own texts and Julian days, day by day through its whole range. */
static void sqlite_agrees(void **state)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *rows = NULL;
	int count = 0;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(
			db,
			"WITH s(t) AS (SELECT -62167219200 UNION ALL"
			" SELECT t+86399+t%1000 FROM s WHERE t<253402200000)"
			" SELECT t, datetime(t,'unixepoch'), julianday(t,'unixepoch')"
			" FROM s WHERE t%7=0",
			-1, &rows, NULL),
		SQLITE_OK);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		int64_t seconds = sqlite3_column_int64(rows, 0);

		assert_int_equal(text((const char *)sqlite3_column_text(rows,
									1)),
				 seconds * 1000000);
		assert_int_equal(number(REAL(sqlite3_column_double(rows, 2))),
				 seconds * 1000000);
		count++;
	}
	assert_true(count > 100000);
	sqlite3_finalize(rows);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_told_by_their_magnitude),
		cmocka_unit_test(reals_are_julian_days_or_counts),
		cmocka_unit_test(numbers_in_text_are_numbers),
		cmocka_unit_test(iso_forms_of_a_moment_are_equal),
		cmocka_unit_test(dates_are_gregorian),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(sqlite_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
