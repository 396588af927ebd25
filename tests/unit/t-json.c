/* The JSON reader: tokens, exact strings and numbers, and where errors are. */
#include "config.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"
#include "util/json.h"

/*
 * A copy of exactly `size` bytes on the heap, so that a sanitizer sees a read
 * one byte too far.
 */
static char *exact_copy(const char *text, size_t size)
{
	char *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, text, size);
	return copy;
}

/* Writes the tokens of a document as one line: `{ k:a n:1 }`. */
static void list_tokens(struct buf *out, const char *text, size_t size,
			struct err *err)
{
	static const char *const marks[] = {
		[JSON_OBJECT] = "{",	[JSON_OBJECT_END] = "}",
		[JSON_ARRAY] = "[",	[JSON_ARRAY_END] = "]",
		[JSON_KEY] = "k:",	[JSON_STRING] = "s:",
		[JSON_NUMBER] = "n:",	[JSON_TRUE] = "true",
		[JSON_FALSE] = "false", [JSON_NULL] = "null",
	};
	struct arena arena = ARENA_INIT;
	char *copy = exact_copy(text, size);
	struct json_token token;
	struct json json;

	json_init(&json, copy, size, &arena);
	while (json_next(&json, &token, err) == 0 && token.type != JSON_END) {
		if (out->len)
			buf_add_char(out, ' ');
		buf_add_string(out, marks[token.type]);
		buf_add(out, token.data, token.size);
	}
	arena_release(&arena);
	free(copy);
}

static void expect_tokens(const char *text, size_t size, const char *expected,
			  size_t expected_size)
{
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 1 << 20);
	list_tokens(&out, text, size, &err);
	assert_string_equal(err.message, "");
	assert_int_equal(out.len, expected_size);
	assert_memory_equal(out.data, expected, expected_size);
	buf_release(&out);
}

#define EXPECT(text, expected) \
	expect_tokens(text, sizeof(text) - 1, expected, sizeof(expected) - 1)

static void expect_error(const char *text, size_t size, const char *message)
{
	struct err err = ERR_INIT;
	struct buf out;

	buf_init(&out, 1 << 20);
	list_tokens(&out, text, size, &err);
	assert_int_equal(err.code, D1_ERROR);
	assert_string_equal(err.message, message);
	buf_release(&out);
}

#define EXPECT_ERROR(text, offset, what) \
	expect_error(text, sizeof(text) - 1, \
		     "invalid JSON at byte " offset ": " what)

static void test_tokens(void **state)
{
	(void)state;
	EXPECT("{}", "{ }");
	EXPECT(" [ ] \r\n\t", "[ ]");
	EXPECT("true", "true");
	EXPECT("\"\"", "s:");
	EXPECT("[1,[2,{\"a\":null}],false]",
	       "[ n:1 [ n:2 { k:a null } ] false ]");
	EXPECT("{\"a\" : {\"b\":[]}, \"a\": \"x\"}",
	       "{ k:a { k:b [ ] } k:a s:x }");
}

static void test_strings(void **state)
{
	(void)state;
	EXPECT("\"a\\u0000b\"", "s:a\0b");
	EXPECT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s:\"\\/\b\f\n\r\t");
	EXPECT("\"\\u0041\\u00e9\\u20AC\"", "s:A\xc3\xa9\xe2\x82\xac");
	EXPECT("\"\\ud83d\\ude00\\ud83D\\uDE00\"",
	       "s:\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
	EXPECT("{\"k\\u0065y\":1}", "{ k:key n:1 }");
	/* bytes above 0x7f are not looked at */
	EXPECT("\"\xff\xed\xa0\x80\"", "s:\xff\xed\xa0\x80");
}

static void test_half_a_surrogate_pair(void **state)
{
	(void)state;
	EXPECT("\"\\ud83d\"", "s:\xef\xbf\xbd");
	EXPECT("\"\\ude00x\"", "s:\xef\xbf\xbdx");
	EXPECT("\"\\ud83dx\"", "s:\xef\xbf\xbdx");
	EXPECT("\"\\ud83d\\n\"", "s:\xef\xbf\xbd\n");
	EXPECT("\"\\ud83d\\u0041\"", "s:\xef\xbf\xbd"
				     "A");
	EXPECT("\"\\ud83d\\ud83d\\ude00\"", "s:\xef\xbf\xbd\xf0\x9f\x98\x80");
}

static void test_errors_name_the_byte(void **state)
{
	(void)state;
	EXPECT_ERROR("", "0", "the text ends too early");
	EXPECT_ERROR("{\"a\":", "5", "the text ends too early");
	EXPECT_ERROR("\"abc", "4", "the text ends too early");
	EXPECT_ERROR("\"ab\\", "4", "the text ends too early");
	EXPECT_ERROR("\"\\u12", "5", "the text ends too early");
	EXPECT_ERROR("tru", "3", "the text ends too early");
	EXPECT_ERROR("-", "1", "the text ends too early");
	EXPECT_ERROR("[1", "2", "the text ends too early");
	EXPECT_ERROR("{\"a\" 1}", "5", "':' expected");
	EXPECT_ERROR("{1:2}", "1", "a string expected");
	EXPECT_ERROR("[1 2]", "3", "',' or ']' expected");
	EXPECT_ERROR("{\"a\":1]", "6", "',' or '}' expected");
	EXPECT_ERROR("[1,]", "3", "a value expected");
	EXPECT_ERROR("{\"a\":1,}", "7", "a string expected");
	EXPECT_ERROR("<html>", "0", "a value expected");
	EXPECT_ERROR("\"\\x\"", "2", "unknown escape");
	EXPECT_ERROR("\"\\\0\"", "2", "unknown escape");
	EXPECT_ERROR("\"\\u12g4\"", "5", "four hex digits expected");
	EXPECT_ERROR("\"a\nb\"", "2", "control character in a string");
	EXPECT_ERROR("1.", "2", "the text ends too early");
	EXPECT_ERROR("[1.]", "3", "a digit expected");
	EXPECT_ERROR("[1e+]", "4", "a digit expected");
	EXPECT_ERROR("[01]", "2", "',' or ']' expected");
	EXPECT_ERROR("[+1]", "1", "a value expected");
	EXPECT_ERROR("{} {}", "3", "text after the document");
}

static void test_depth_is_bounded(void **state)
{
	char text[2 * JSON_MAX_DEPTH + 2];
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	memset(text, '[', JSON_MAX_DEPTH);
	memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
	buf_init(&out, 1 << 20);
	list_tokens(&out, text, (size_t)2 * JSON_MAX_DEPTH, &err);
	assert_int_equal(err.code, D1_OK);
	buf_release(&out);
	memset(text, '[', JSON_MAX_DEPTH + 1);
	expect_error(text, JSON_MAX_DEPTH + 1,
		     "invalid JSON at byte 64: nested too deeply");
}

static void test_skip(void **state)
{
	static const char text[] =
		"{\"a\":[1,{\"x\":\"\\n]\"},[[]]],\"b\":2,\"c\":{\"d\":[{}]}}";
	struct arena arena = ARENA_INIT;
	struct json_token token;
	struct err err = ERR_INIT;
	struct json json;

	(void)state;
	json_init(&json, text, sizeof(text) - 1, &arena);
	for (int i = 0; i < 3; i++)
		assert_int_equal(json_next(&json, &token, &err), 0);
	assert_int_equal(token.type, JSON_ARRAY);
	assert_int_equal(json_skip(&json, &token, &err), 0);
	assert_int_equal(json_next(&json, &token, &err), 0);
	assert_true(token.type == JSON_KEY && json_is(&token, "b"));
	assert_int_equal(json_next(&json, &token, &err), 0);
	assert_int_equal(json_skip(&json, &token, &err), 0);
	assert_int_equal(json_next(&json, &token, &err), 0);
	assert_true(token.type == JSON_KEY && json_is(&token, "c"));
	assert_false(json_is(&token, "cc"));
	assert_int_equal(json_next(&json, &token, &err), 0);
	assert_int_equal(json_skip(&json, &token, &err), 0);
	assert_int_equal(json_next(&json, &token, &err), 0);
	assert_int_equal(token.type, JSON_OBJECT_END);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(json_next(&json, &token, &err), 0);
		assert_int_equal(token.type, JSON_END);
	}
	arena_release(&arena);
}

static void test_a_copy_reads_again(void **state)
{
	static const char text[] = "[\"\\u0041\",\"B\"]";
	struct arena arena = ARENA_INIT;
	struct json_token token;
	struct err err = ERR_INIT;
	struct json json, again;

	(void)state;
	json_init(&json, text, sizeof(text) - 1, &arena);
	assert_int_equal(json_next(&json, &token, &err), 0);
	again = json;
	assert_int_equal(json_skip(&json, &token, &err), 0);
	assert_int_equal(json_next(&again, &token, &err), 0);
	assert_true(json_is(&token, "A"));
	arena_release(&arena);
}

static struct json_token number_token(const char *text)
{
	return (struct json_token){ JSON_NUMBER, text, strlen(text) };
}

static void expect_double(const char *text, double expected)
{
	struct json_token token = number_token(text);
	struct err err = ERR_INIT;
	double number;

	assert_int_equal(json_double(&number, &token, &err), 0);
	assert_memory_equal(&number, &expected, sizeof(number));
}

static void test_doubles(void **state)
{
	static const char *const texts[] = {
		"0.1",
		"0.3",
		"1.7976931348623157e308",
		"5e-324",
		"123456.789",
		"9007199254740993",
		"0.30000000000000004",
		"1e22",
		"1e23",
		"2.2250738585072011e-308",
		"1234567890.1234567",
		"0.000001",
		"17976931348623157000000000000000000000000000000000000000000",
	};

	(void)state;
	expect_double("0", 0.0);
	expect_double("-0", -0.0);
	expect_double("-0.0", -0.0);
	expect_double("1e400", HUGE_VAL);
	expect_double("-1e400", -HUGE_VAL);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect_double(texts[i], strtod(texts[i], NULL));
}

/* The shortest way and strtod() agree on many decimals. */
static void test_many_doubles(void **state)
{
	uint64_t seed = 88172645463325252;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[64];

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		snprintf(text, sizeof(text), "%s%.*f", i % 2 ? "-" : "", i % 12,
			 (double)(seed >> (seed & 31) >> 20) / 1e4);
		expect_double(text, strtod(text, NULL));
	}
}

static void test_int64(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "-1", true, -1 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
	};
	struct json_token string = { JSON_STRING, "1", 1 };
	int64_t number = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_token token = number_token(cases[i].text);

		assert_int_equal(json_int64(&number, &token), cases[i].good);
		if (cases[i].good)
			assert_true(number == cases[i].value);
	}
	assert_false(json_int64(&number, &string));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_half_a_surrogate_pair),
		cmocka_unit_test(test_errors_name_the_byte),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_a_copy_reads_again),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_many_doubles),
		cmocka_unit_test(test_int64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
