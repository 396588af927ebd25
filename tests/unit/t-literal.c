/* Value text: exact forms, and that what was written reads back bit for bit. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/literal.h"

static struct value text_of(const char *data, size_t size)
{
	struct value value = { .type = VALUE_TEXT };

	value.data = data;
	value.size = size;
	return value;
}

#define TEXT(string) text_of(string, sizeof(string) - 1)
#define INTEGER(number) ((struct value){ VALUE_INTEGER, { .integer = number } })
#define REAL(number) ((struct value){ VALUE_REAL, { .real = number } })

/* Writes the value, expects the text, reads it back. */
static void check(struct value value, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct value back;
	struct buf out;

	buf_init(&out, 1 << 20);
	literal_add(&out, &value);
	if (expected)
		assert_string_equal(out.data, expected);
	assert_int_equal(literal_read(&back, out.data, out.len, &arena),
			 out.len);
	assert_true(value_equal(&value, &back));
	buf_release(&out);
	arena_release(&arena);
}

static void numbers_have_one_exact_form(void **state)
{
	(void)state;
	check((struct value){ .type = VALUE_NULL }, "NULL");
	check(INTEGER(0), "0");
	check(INTEGER(INT64_MAX), "9223372036854775807");
	check(INTEGER(INT64_MIN), "-9223372036854775808");
	check(REAL(1.0), "1.0");
	check(REAL(-0.0), "-0.0");
	check(REAL(0.1), "0.1");
	check(REAL(1e22), "1e22");
	check(REAL(123456789012345680.0), "1.2345678901234568e17");
	check(REAL(1e15), "1000000000000000.0");
	check(REAL(0.00001), "0.00001");
	check(REAL(1.5e-7), "1.5e-7");
	check(REAL(5e-324), "5e-324");
	check(REAL(2.2250738585072014e-308), "2.2250738585072014e-308");
	check(REAL(1.7976931348623157e308), "1.7976931348623157e308");
	check(REAL(0x1p-44), "5.684341886080802e-14");
	check(REAL((double)INFINITY), "9e999");
	check(REAL(-(double)INFINITY), "-9e999");
}

static void texts_escape_what_misleads(void **state)
{
	(void)state;
	check(TEXT(""), "''");
	check(TEXT("it's\ta \"tab\""), "'it''s\ta \"tab\"'");
	check(TEXT("a\nb"), "replace('a\\nb','\\n',char(10))");
	check(TEXT("'\r\n'"),
	      "replace(replace('''\\r\\n''','\\n',char(10)),'\\r',char(13))");
	check(TEXT("x\xe2\x80\xaey"),
	      "replace('x\\u{202E}y','\\u{202E}',char(8238))");
	check(TEXT("\xef\xbb\xbf"
		   "bom"),
	      "replace('\\u{FEFF}bom','\\u{FEFF}',char(65279))");
	check(TEXT("\x7f"), "replace('\\u{7F}','\\u{7F}',char(127))");
	check(TEXT("\xef\xbf\xbd"), "'\xef\xbf\xbd'");
	/* holds its own marker */
	check(TEXT("c\\n\n"), "CAST(x'635c6e0a' AS TEXT)");
	check(TEXT("c\\n"), "'c\\n'");
	/* NUL, not UTF-8, a CESU surrogate, nine distinct controls */
	check(TEXT("a\0b"), "CAST(x'610062' AS TEXT)");
	check(TEXT("\xff"), "CAST(x'ff' AS TEXT)");
	check(TEXT("\xed\xa0\x80"), "CAST(x'eda080' AS TEXT)");
	check(TEXT("\1\2\3\4\5\6\7\b"), NULL);
	check(TEXT("\1\2\3\4\5\6\7\b\n"),
	      "CAST(x'01020304050607080a' AS TEXT)");
}

static void blobs_are_lower_case_hex(void **state)
{
	struct value blob = TEXT("\0\xff");

	(void)state;
	blob.type = VALUE_BLOB;
	check(blob, "x'00ff'");
	blob.size = 0;
	check(blob, "x''");
}

static void reader_refuses_anything_else(void **state)
{
	static const char *const bad[] = {
		"",
		"nul",
		"+1",
		"9223372036854775808",
		"1.",
		".5",
		"1e",
		"'open",
		"x'0'",
		"x'0g'",
		"CAST(x'00' AS BLOB)",
		"replace('a')",
		"replace('a\\nb','\\n',char(11))",
		"'raw \n line'",
		"replace('a','b',char(98))",
		"CAST('a' AS TEXT)",
		"replace('\\u{202e}','\\u{202e}',char(8238))",
		"char(10)",
	};
	struct arena arena = ARENA_INIT;
	struct value value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (literal_read(&value, bad[i], strlen(bad[i]), &arena) ==
			    strlen(bad[i]) &&
		    bad[i][0])
			fail_msg("taken: %s", bad[i]);
	arena_release(&arena);
}

/* xorshift64, so that a failing seed can be named */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void random_values_survive(void **state)
{
	static const char pieces[][8] = {
		"\\",	    "n",  "\n",	  "'",	 "u{A}", "\r", "\xe2\x80\xae",
		"\xc3\xa4", "\1", "\xff", "\\n", "x",	 "\t"
	};
	uint64_t seed = 20261121;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next_random(&seed);
		char text[64] = "";
		double real;

		memcpy(&real, &bits, sizeof(real));
		if (!isnan(real))
			check(REAL(real), NULL);
		check(REAL(ldexp(1.0, (int)(bits % 2098) - 1074)), NULL);
		check(INTEGER((int64_t)bits), NULL);
		for (unsigned n = bits % 7; n > 0; n--)
			strncat(text,
				pieces[next_random(&seed) % ARRAY_SIZE(pieces)],
				sizeof(text) - strlen(text) - 1);
		check(text_of(text, strlen(text)), NULL);
	}
}

static void a_borrowed_text_stays_where_it_is(void **state)
{
	static const char text[] = "'abc','it''s',replace('a\\nb','\\n',"
				   "char(10)),CAST(x'00' AS TEXT),x'61'";
	struct arena arena = ARENA_INIT;
	struct value value;
	size_t size = sizeof(text) - 1;
	size_t at = 0;

	(void)state;
	at += literal_read_borrowed(&value, text + at, size - at, &arena) + 1;
	assert_ptr_equal(value.data, text + 1);
	assert_int_equal(value.size, 3);
	at += literal_read_borrowed(&value, text + at, size - at, &arena) + 1;
	assert_int_equal(value.size, 4);
	assert_memory_equal(value.data, "it's", 4);
	at += literal_read_borrowed(&value, text + at, size - at, &arena) + 1;
	assert_int_equal(value.size, 3);
	assert_memory_equal(value.data, "a\nb", 3);
	at += literal_read_borrowed(&value, text + at, size - at, &arena) + 1;
	assert_int_equal(value.size, 1);
	assert_memory_equal(value.data, "", 1);
	at += literal_read_borrowed(&value, text + at, size - at, &arena);
	assert_int_equal(value.type, VALUE_BLOB);
	assert_int_equal(at, size);
	/* the other reader leaves nothing behind */
	assert_int_equal(literal_read(&value, text, size, &arena), 5);
	assert_ptr_not_equal(value.data, text + 1);
	assert_memory_equal(value.data, "abc", 3);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_one_exact_form),
		cmocka_unit_test(texts_escape_what_misleads),
		cmocka_unit_test(blobs_are_lower_case_hex),
		cmocka_unit_test(reader_refuses_anything_else),
		cmocka_unit_test(a_borrowed_text_stays_where_it_is),
		cmocka_unit_test(random_values_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
