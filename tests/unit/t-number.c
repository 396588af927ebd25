/* Numbers in literals: the fast ways say what printf() and strtod() say. */
#include "config.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/number.h"
#include "util/utf8.h"

static uint64_t seed = 88172645463325252;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* How many digits the text has, without those of an exponent and zeros at its
 * ends. */
static int count_digits(const char *text)
{
	int count = 0;
	int zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text == '0' && count > 0)
			zeros++;
		else if (*text >= '1' && *text <= '9') {
			count += zeros + 1;
			zeros = 0;
		}
	}
	return count;
}

/* As many digits as are needed; the last may be that of 17. */
static int needed_digits(double real)
{
	char text[64];

	for (int digits = 1; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, real);
		if (strtod(text, NULL) == real)
			return digits;
	}
	return 17;
}

static void check_real(double real)
{
	struct value value = { VALUE_REAL, { .real = real } };
	struct value same;
	char text[NUMBER_MAX_SIZE];
	size_t length = number_write(text, &value);

	assert_int_equal(strlen(text), length);
	if (strtod(text, NULL) != real)
		fail_msg("%a is written as %s", real, text);
	if (count_digits(text) > needed_digits(real))
		fail_msg("%.17g has more digits than it needs: %s", real, text);
	if (!strpbrk(text, ".e"))
		fail_msg("%s looks like an integer", text);
	if (number_read(&same, text, length) != length ||
	    !value_equal(&value, &same))
		fail_msg("%s is not read back", text);
}

static void reals_are_short_and_exact(void **state)
{
	(void)state;
	for (int exponent = -1074; exponent < 1024; exponent++) {
		double power = ldexp(1, exponent);

		check_real(power);
		check_real(nextafter(power, 0));
		check_real(-nextafter(power, HUGE_VAL));
	}
	for (int exponent = -30; exponent < 30; exponent++) {
		double power = pow(10, exponent);

		check_real(power);
		check_real(nextafter(power, 0));
		check_real(nextafter(power, HUGE_VAL));
		check_real(power * 9.99999999999999);
	}
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next_random();
		double real;

		memcpy(&real, &bits, sizeof(real));
		if (isfinite(real))
			check_real(real);
		check_real(ldexp((double)(bits >> 11), -(int)(i % 120)));
		check_real((double)(bits % 1000000) / 100);
		check_real((double)(bits % 1000000000000000) / pow(10, i % 23));
	}
	check_real(0.0);
	check_real(-0.0);
	check_real(DBL_MAX);
	check_real(DBL_MIN);
	check_real(DBL_TRUE_MIN);
	check_real(-HUGE_VAL);
	check_real(HUGE_VAL);
	/* 17 digits are needed, and a 16th that is one more is no help */
	check_real(0.1 + 0.2);
	check_real(5e-324);
	check_real(9007199254740993.0);
	check_real(0x1p-44);
}

static void integers_are_plain(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t integer =
			(int64_t)next_random() >> (next_random() % 64);
		struct value value = { VALUE_INTEGER, { .integer = integer } };
		struct value same;
		char text[NUMBER_MAX_SIZE];
		char expected[NUMBER_MAX_SIZE];

		snprintf(expected, sizeof(expected), "%" PRId64, integer);
		assert_int_equal(number_write(text, &value), strlen(expected));
		assert_string_equal(text, expected);
		assert_int_equal(number_read(&same, text, strlen(text)),
				 strlen(text));
		assert_true(value_equal(&value, &same));
	}
}

static void other_forms_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"+1",
		".5",
		"1.",
		"1e",
		"1e-",
		"00",
		"007",
		"-0",
		"-01",
		"9223372036854775808",
		"-9223372036854775809",
		"18446744073709551616",
		"99999999999999999999",
		"00000000000000000000",
		"1.50",
		"01.5",
		"00.5",
		"1e5",
		"1e+22",
		"1.0e22",
		"10e21",
		"1e022",
		"1e-07",
		"9e9999",
		"-1e999",
		"0.000001",
		"1e-5",
		"10000000000000000.0",
		"1e15",
		"0.30000000000000002",
		"0.300000000000000040",
		"0.1000000000000000055511151231257827",
		"1.00000000000000000000000000000000000000000000000",
		"0e0",
		"0.00",
		"-9e998",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct value value;
		size_t taken = number_read(&value, bad[i], strlen(bad[i]));

		if (taken > 0)
			fail_msg("%zu bytes taken: %s", taken, bad[i]);
	}
}

/* Texts of all shapes are taken if they are what their number is written as. */
static void a_text_is_taken_if_it_is_written_so(void **state)
{
	uint64_t random = 1;
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct value value = { .type = VALUE_REAL };
		char text[NUMBER_MAX_SIZE], written[NUMBER_MAX_SIZE];
		struct value read;
		bool same;

		random = random * 6364136223846793005 + 1442695040888963407;
		snprintf(text, sizeof(text), "%.*f", (int)(random >> 61) + 1,
			 (double)(random >> 20 & 0xffffffffff) /
				 (double)(1ULL << (random >> 8 & 63)));
		if (random >> 40 & 1) /* another digit at the end */
			text[strlen(text) - 1] =
				(char)('0' + (random >> 41 & 7));
		value.real = strtod(text, NULL);
		number_write(written, &value);
		same = strcmp(text, written) == 0;
		taken += same;
		assert_int_equal(number_read(&read, text, strlen(text)),
				 same ? strlen(text) : 0);
		if (same)
			assert_true(read.real == value.real);
	}
	assert_in_range(taken, 10000, 190000);
}

static void what_follows_a_number_stays(void **state)
{
	struct value value;

	(void)state;
	assert_int_equal(number_read(&value, "12,", 3), 2);
	assert_int_equal(value.integer, 12);
	assert_int_equal(number_read(&value, "123", 2), 2);
	assert_int_equal(value.integer, 12);
	assert_int_equal(number_read(&value, "1.25)", 5), 4);
	assert_true(value.real == 1.25);
	assert_int_equal(number_read(&value, "0.30000000000000004,1", 21), 19);
	assert_true(value.real == 0.1 + 0.2);
	assert_int_equal(number_read(&value, "0 ", 2), 1);
	assert_int_equal(value.integer, 0);
}

/* Each byte at each place of a text, against the definition. */
static void printable_bytes_are_counted(void **state)
{
	char text[24];

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		for (size_t place = 0; place < size; place++) {
			for (int byte = 0; byte < 256; byte++) {
				bool good = byte >= 0x20 && byte < 0x7f;

				memset(text, '~', sizeof(text));
				text[place] = (char)byte;
				assert_int_equal(utf8_printable(text, size),
						 good ? size : place);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reals_are_short_and_exact),
		cmocka_unit_test(integers_are_plain),
		cmocka_unit_test(other_forms_are_none),
		cmocka_unit_test(a_text_is_taken_if_it_is_written_so),
		cmocka_unit_test(what_follows_a_number_stays),
		cmocka_unit_test(printable_bytes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
