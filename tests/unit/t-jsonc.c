/* JSON with comments, and TOML, as documents. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/document.h"
#include "config/jsonc.h"
#include "sandbox.h"

/* Parses and prints again, without white space. */
static void check(const char *text, const char *expected)
{
	struct err err = ERR_INIT;
	cJSON *root;
	char *printed;

	assert_int_equal(jsonc_parse(&root, text, strlen(text), "f", &err), 0);
	printed = cJSON_PrintUnformatted(root);
	assert_string_equal(printed, expected);
	cJSON_free(printed);
	cJSON_Delete(root);
}

static void check_error(const char *text, size_t size, const char *message)
{
	struct err err = ERR_INIT;
	cJSON *root;

	assert_int_equal(jsonc_parse(&root, text, size, "f", &err), D1_ERROR);
	assert_null(root);
	assert_string_equal(err.message, message);
}

#define CHECK_ERROR(text, message) check_error(text, sizeof(text) - 1, message)

static void comments_and_trailing_commas_are_dropped(void **state)
{
	(void)state;
	check("{}", "{}");
	check("\xef\xbb\xbf{ // one\n\"a\": 1, /* two\n*/ }", "{\"a\":1}");
	check("[1, 2, // last\n ]", "[1,2]");
	check("[[1,],{\"a\":[],},]", "[[1],{\"a\":[]}]");
	check("{\"url\":\"http://x/*y*/,]\"}", "{\"url\":\"http://x/*y*/,]\"}");
	check("[\"a\\\\\" /* \" */, \"\\\"//\",]", "[\"a\\\\\",\"\\\"//\"]");
	check("// only\r\n[]\r\n// end", "[]");
}

static void errors_say_where(void **state)
{
	(void)state;
	CHECK_ERROR("", "'f' is empty");
	CHECK_ERROR(" // nothing\n", "'f' is empty");
	CHECK_ERROR("{\n \"a\": 1 \"b\"}",
		    "'f' line 2, column 9: not valid JSON");
	CHECK_ERROR("{ // x\n \"a\": tru }",
		    "'f' line 2, column 7: not valid JSON");
	CHECK_ERROR("[1] x", "'f' line 1, column 5: not valid JSON");
	CHECK_ERROR("{\n/* x", "'f' line 2, column 1: comment is not closed");
	CHECK_ERROR("[\n \"a\n\"]", "'f' line 2, column 2: string is not "
				    "closed");
	CHECK_ERROR("[\"a\tb\"]", "'f' line 1, column 2: control character in "
				  "a string");
	CHECK_ERROR("[\"a\\u0000b\"]", "'f' line 1, column 4: NUL in a string");
	CHECK_ERROR("[1,\0 2]", "'f' line 1, column 4: unexpected NUL");
	CHECK_ERROR("[,]", "'f' line 1, column 2: not valid JSON");
	CHECK_ERROR("[1,,]", "'f' line 1, column 4: not valid JSON");
	CHECK_ERROR("\"abc\\", "'f' line 1, column 1: string is not closed");
}

static void depth_is_bounded(void **state)
{
	char text[400];

	(void)state;
	memset(text, '[', sizeof(text));
	check_error(text, sizeof(text),
		    "'f' line 1, column 101: nested too deeply");
}

static void the_last_of_equal_names_counts(void **state)
{
	static const char text[] = "{\"a\":1,\"A\":2,\"a\":3}";
	struct err err = ERR_INIT;
	cJSON *root;

	(void)state;
	assert_int_equal(jsonc_parse(&root, text, strlen(text), "f", &err), 0);
	assert_int_equal(jsonc_member(root, "a")->valueint, 3);
	assert_int_equal(jsonc_member(root, "A")->valueint, 2);
	assert_null(jsonc_member(root, "b"));
	assert_null(jsonc_member(NULL, "b"));
	assert_null(jsonc_member(jsonc_member(root, "a"), "b"));
	cJSON_Delete(root);
}

static void toml_becomes_the_same_tree(void **state)
{
	struct err err = ERR_INIT;
	cJSON *root;

	(void)state;
#ifdef WITH_TOML
	sandbox_write("a.toml", "name = \"k\\u00e4se \\\"x\\\" \\\\ \\t\"\n"
				"day = 2026-01-31T12:00:00Z\n"
				"[[d1_databases]]\nbinding = 'DB'\n"
				"[env.staging]\n"
				"d1_databases = [ { binding = \"B\" } ]\n");
	assert_int_equal(document_load(&root, "a.toml", &err), 0);
	assert_string_equal(jsonc_member(root, "name")->valuestring,
			    "k\xc3\xa4se \"x\" \\ \t");
	assert_string_equal(jsonc_member(root, "day")->valuestring,
			    "2026-01-31T12:00:00Z");
	assert_int_equal(cJSON_GetArraySize(jsonc_member(root, "d1_databases")),
			 1);
	assert_non_null(jsonc_member(jsonc_member(root, "env"), "staging"));
	document_free(root);
	sandbox_write("b.toml", "a = 1\nb = [\n");
	assert_int_equal(document_load(&root, "b.toml", &err), D1_ERROR);
	assert_non_null(strstr(err.message, "'b.toml' line "));
#else
	sandbox_write("a.toml", "a = 1\n");
	assert_int_equal(document_load(&root, "a.toml", &err), D1_ERROR);
	assert_non_null(strstr(err.message, "built without TOML support"));
#endif
	assert_null(root);
}

static void a_document_is_an_object(void **state)
{
	struct err err = ERR_INIT;
	cJSON *root;

	(void)state;
	sandbox_write("a.json", "[1]");
	assert_int_equal(document_load(&root, "a.json", &err), D1_ERROR);
	assert_string_equal(err.message, "'a.json' does not hold an object");
	err_clear(&err);
	assert_int_equal(document_load(&root, "b.json", &err), D1_ENOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_trailing_commas_are_dropped),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(the_last_of_equal_names_counts),
		cmocka_unit_test_setup_teardown(toml_becomes_the_same_tree,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(a_document_is_an_object,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
