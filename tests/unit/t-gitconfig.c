/* Git's configuration and credentials, through a real git. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/config.h"
#include "git/credential.h"
#include "sandbox.h"

static void values_come_from_everywhere(void **state)
{
	const struct git_config_entry *first;
	struct git_config config;
	struct err err = ERR_INIT;
	bool flag = false;
	int64_t number = 7;

	(void)state;
	sandbox_write(".gitconfig",
		      "[d1]\n\tapiBaseUrl = http://localhost:1\n"
		      "\tautoPull\n\tundoKeep = 2k\n"
		      "[d1 \"table.My.Table\"]\n\tmaskColumns = a\n"
		      "\tmaskColumns = \"b\\nc\"\n"
		      "[color]\n\tui = false\n[user]\n\tname = x\n");
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "d1.conflict", 1);
	setenv("GIT_CONFIG_VALUE_0", "abort", 1);
	git_config_init(&config);
	assert_int_equal(git_config_load(&config, NULL, &err), 0);
	assert_string_equal(git_config_get(&config, "d1.apiBaseUrl"),
			    "http://localhost:1");
	assert_string_equal(git_config_get(&config, "D1.conflict"), "abort");
	assert_null(git_config_get(&config, "user.name"));
	assert_null(git_config_get(&config, "d1.autoPull"));
	assert_int_equal(git_config_bool(&config, "d1.autoPull", &flag, &err),
			 0);
	assert_true(flag);
	assert_int_equal(git_config_bool(&config, "color.ui", &flag, &err), 0);
	assert_false(flag);
	assert_int_equal(git_config_bool(&config, "d1.none", &flag, &err), 0);
	assert_false(flag);
	assert_int_equal(git_config_integer(&config, "d1.undoKeep", &number,
					    &err),
			 0);
	assert_int_equal(number, 2048);
	assert_int_equal(git_config_all(&config,
					"d1.table.My.Table.maskColumns",
					&first),
			 2);
	assert_string_equal(first[0].value, "a");
	assert_string_equal(first[1].value, "b\nc");
	assert_int_equal(git_config_all(&config,
					"d1.table.my.table.maskColumns",
					&first),
			 0);
	assert_null(first);
	assert_int_equal(git_config_bool(&config, "d1.conflict", &flag, &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "bad boolean value 'abort' of 'd1.conflict' in "
			    "git's configuration");
	git_config_release(&config);
}

static void no_configuration_and_no_git_are_fine(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct git_config config;
	struct err err = ERR_INIT;

	(void)state;
	git_config_init(&config);
	assert_int_equal(git_config_load(&config, NULL, &err), 0);
	assert_int_equal(config.count, 0);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(git_config_load(&config, NULL, &err), 0);
	assert_int_equal(config.count, 0);
	assert_int_equal(err.code, D1_OK);
	setenv("PATH", path, 1);
	free(path);
	git_config_release(&config);
}

static void a_broken_configuration_is_named(void **state)
{
	struct git_config config;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".gitconfig", "[d1\n");
	git_config_init(&config);
	assert_int_equal(git_config_load(&config, NULL, &err), D1_ERROR);
	assert_non_null(strstr(err.message, "bad config line 1 in file"));
	git_config_release(&config);
}

static void a_text_is_parsed_without_includes(void **state)
{
	static const char good[] = "[a \"B.c\"]\nD = 1\n"
				   "[include]\npath = other\n";
	static const char bad[] = "[a]\nb = c\n[d\n";
	struct git_config config;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write("other", "[a]\nb = included\n");
	git_config_init(&config);
	assert_int_equal(git_config_parse(&config, good, strlen(good), "file",
					  &err),
			 0);
	assert_int_equal(config.count, 2);
	assert_string_equal(config.entries[0].key, "a.B.c.d");
	assert_string_equal(git_config_get(&config, "a.B.c.D"), "1");
	assert_int_equal(git_config_parse(&config, "", 0, "file", &err), 0);
	assert_int_equal(config.count, 0);
	assert_int_equal(git_config_parse(&config, bad, strlen(bad), "file",
					  &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "'file' line 3 is not in the syntax of git config");
	git_config_release(&config);
}

/* Whether git has to be asked: it cannot be found. */
static void comments_are_read_without_git(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "", 0 },
		{ "#", 0 },
		{ "\r\n# [a]\n\t ; b = 1\n\n#\\", 0 },
		{ "\xef\xbb\xbf# a\n", D1_ENOTFOUND },
		{ "\v\n", D1_ENOTFOUND },
		{ "#\n[a]\nb\n", D1_ENOTFOUND },
		{ "# a\\\nb\n", D1_ENOTFOUND },
	};
	char *path = strdup(getenv("PATH"));
	struct git_config config;

	(void)state;
	git_config_init(&config);
	setenv("PATH", "/nonexistent", 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = cases[i].text;
		struct err err = ERR_INIT;

		assert_int_equal(git_config_parse(&config, text, strlen(text),
						  "file", &err),
				 cases[i].code);
		assert_int_equal(config.count, 0);
	}
	setenv("PATH", path, 1);
	git_config_release(&config);
	free(path);
}

static void credentials_go_to_git_and_back(void **state)
{
	struct git_credential credential = GIT_CREDENTIAL_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".gitconfig", "[credential]\n\thelper = store\n");
	assert_int_equal(git_credential_describe(&credential, "https",
						 "api.example:8787", "acc123",
						 &err),
			 0);
	assert_int_equal(git_credential_fill(&credential, false, &err), 0);
	assert_null(credential.password);
	credential.password = strdup("not-a-real-token");
	assert_int_equal(git_credential_approve(&credential, &err), 0);
	assert_int_equal(git_credential_fill(&credential, false, &err), 0);
	assert_string_equal(credential.username, "acc123");
	assert_string_equal(credential.password, "not-a-real-token");
	assert_int_equal(git_credential_reject(&credential, &err), 0);
	assert_int_equal(git_credential_fill(&credential, false, &err), 0);
	assert_null(credential.password);
	git_credential_release(&credential);
}

static void line_breaks_are_refused(void **state)
{
	struct git_credential credential = GIT_CREDENTIAL_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(git_credential_describe(&credential, "https",
						 "api.example\nhost=evil", NULL,
						 &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(git_credential_describe(&credential, "https", "h",
						 "a\rb", &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(git_credential_describe(&credential, "https", "", "a",
						 &err),
			 D1_EREFUSED);
	git_credential_release(&credential);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_come_from_everywhere),
		TEST(no_configuration_and_no_git_are_fine),
		TEST(a_broken_configuration_is_named),
		TEST(a_text_is_parsed_without_includes),
		TEST(comments_are_read_without_git),
		TEST(credentials_go_to_git_and_back),
		TEST(line_breaks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
