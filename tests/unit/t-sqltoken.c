/* The words of SQL: kinds and borders, as SQLite has them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/sqltoken.h"

/* One letter a kind. */
static const char letters[] = {
	[SQLTOKEN_SPACE] = '_',	  [SQLTOKEN_COMMENT] = 'c',
	[SQLTOKEN_WORD] = 'w',	  [SQLTOKEN_NAME] = 'n',
	[SQLTOKEN_STRING] = 's',  [SQLTOKEN_BLOB] = 'b',
	[SQLTOKEN_NUMBER] = '1',  [SQLTOKEN_PARAMETER] = 'p',
	[SQLTOKEN_SYMBOL] = '+',  [SQLTOKEN_OPEN] = 'o',
	[SQLTOKEN_ILLEGAL] = '!',
};

/* The words are written as kind and text, with | between them. */
static void check(const char *sql, size_t size, const char *expected)
{
	char shown[512] = "";
	size_t length = 0;

	for (size_t at = 0; at < size;) {
		enum sqltoken_kind kind;
		size_t taken = sqltoken_read(&kind, sql + at, size - at);

		assert_in_range(taken, 1, size - at);
		length +=
			(size_t)snprintf(shown + length, sizeof(shown) - length,
					 "%s%c%.*s", at > 0 ? "|" : "",
					 letters[kind], (int)taken, sql + at);
		assert_true(length < sizeof(shown));
		at += taken;
	}
	assert_string_equal(shown, expected);
}

#define CHECK(sql, expected) check(sql, sizeof(sql) - 1, expected)

static void words_have_kinds(void **state)
{
	(void)state;
	CHECK("SELECT a$1,_b FROM \xc3\xa9", "wSELECT|_ |wa$1|+,|w_b|_ |wFROM"
					     "|_ |w\xc3\xa9");
	CHECK("\"a\"\"b\"[c\"d]`e``f`", "n\"a\"\"b\"|n[c\"d]|n`e``f`");
	CHECK("[a]]", "n[a]|!]");
	CHECK("'it''s'x''X'0aF9'", "s'it''s'|bx''|bX'0aF9'");
	CHECK("x 'a'", "wx|_ |s'a'");
	CHECK("ax'00'", "wax|s'00'");
	CHECK("?1 ?:a @b $c::d(e) #f", "p?1|_ |p?|p:a|_ |p@b|_ |p$c::d(e)"
				       "|_ |p#f");
}

static void numbers_take_what_is_theirs(void **state)
{
	(void)state;
	CHECK("1 .5 1. 1.e3 1e5 1E-5 0x1F", "11|_ |1.5|_ |11.|_ |11.e3|_ |11e5"
					    "|_ |11E-5|_ |10x1F");
	CHECK("1e+", "11e|++");
	CHECK("0x1e+5", "10x1e|++|15");
	CHECK("1..5", "11.|1.5");
	CHECK("a.5", "wa|1.5");
	CHECK("1_000 12abc", "11_000|_ |112abc");
}

static void symbols_are_the_longest(void **state)
{
	(void)state;
	CHECK("a->>b->c-d", "wa|+->>|wb|+->|wc|+-|wd");
	CHECK("<=<<<>>>>==!=||||", "+<=|+<<|+<>|+>>|+>=|+=|+!=|+|||+||");
	CHECK("a.*;", "wa|+.|+*|+;");
	CHECK("!", "!!");
	CHECK("\\", "!\\");
}

static void comments_and_blanks(void **state)
{
	(void)state;
	CHECK("-- a\nb", "c-- a|_\n|wb");
	CHECK("--", "c--");
	CHECK("- -1", "+-|_ |+-|11");
	CHECK("/* a */b/**/", "c/* a */|wb|c/**/");
	CHECK("/*/ a */b", "c/*/ a */|wb");
	CHECK("/* open", "c/* open");
	CHECK("/*", "+/|+*");
	CHECK("\xef\xbb\xbf"
	      "a",
	      "_\xef\xbb\xbf|wa");
	CHECK(" \t\r\n\f\va", "_ \t\r\n\f\v|wa");
	CHECK("\va", "!\v|wa");
}

static void what_is_no_word(void **state)
{
	(void)state;
	CHECK("'a", "o'a");
	CHECK("'a''", "o'a''");
	CHECK("[a", "o[a");
	CHECK("x'0'a", "!x'0'|wa");
	CHECK("x'0g'a", "!x'0g'|wa");
	CHECK("x'00", "ox'00");
	CHECK("@ $ $a(b c", "!@|_ |!$|_ |!$a(b|_ |wc");
}

static void nul_is_a_byte(void **state)
{
	const char sql[] = "a\0'\0'";
	enum sqltoken_kind kind;

	(void)state;
	assert_int_equal(sqltoken_read(&kind, sql, 5), 1);
	assert_int_equal(sqltoken_read(&kind, sql + 1, 4), 1);
	assert_int_equal(kind, SQLTOKEN_ILLEGAL);
	assert_int_equal(sqltoken_read(&kind, sql + 2, 3), 3);
	assert_int_equal(kind, SQLTOKEN_STRING);
	assert_int_equal(sqltoken_read(&kind, sql, 0), 0);
}

static void names_lose_their_quotes(void **state)
{
	static const char sql[] =
		" \"a\"\"b\" /* c */ [a\"\"b] `a``b` 'it''s' word \"\"";
	static const char *const names[] = { "a\"b", "a\"\"b", "a`b",
					     "it's", "word",   "" };
	struct sqltokens tokens = { sql, sizeof(sql) - 1 };
	struct sqltoken token;
	struct buf name;

	(void)state;
	buf_init(&name, 100);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(sqltoken_next(&token, &tokens));
		buf_clear(&name);
		sqltoken_add_name(&name, &token);
		assert_string_equal(name.data, names[i]);
		assert_int_equal(sqltoken_is(&token, "WORD"), i == 4);
	}
	assert_false(sqltoken_next(&token, &tokens));
	assert_false(sqltoken_is(&token, ";"));
	buf_release(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_have_kinds),
		cmocka_unit_test(numbers_take_what_is_theirs),
		cmocka_unit_test(symbols_are_the_longest),
		cmocka_unit_test(comments_and_blanks),
		cmocka_unit_test(what_is_no_word),
		cmocka_unit_test(nul_is_a_byte),
		cmocka_unit_test(names_lose_their_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
