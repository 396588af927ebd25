/* What git tells hooks, and the texts that are installed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hooks/event.h"
#include "hooks/push.h"
#include "hooks/settings.h"
#include "hooks/shim.h"
#include "util/file.h"

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"
#define ZERO "0000000000000000000000000000000000000000"
#define ZERO64 ZERO "000000000000000000000000"

static void read_push(struct push *push, const char *text)
{
	struct err err = ERR_INIT;

	assert_int_equal(push_read(push, text, strlen(text), &err), 0);
}

static void test_lines(void **state)
{
	struct push push;

	(void)state;
	read_push(&push, "refs/heads/a " ONE " refs/heads/b " TWO "\n"
			 "HEAD~1 " TWO " refs/heads/new " ZERO "\n");
	assert_int_equal(push.count, 2);
	assert_string_equal(push.refs[0].local_ref, "refs/heads/a");
	assert_string_equal(push.refs[0].local_id, ONE);
	assert_string_equal(push.refs[0].remote_ref, "refs/heads/b");
	assert_string_equal(push.refs[0].remote_id, TWO);
	assert_string_equal(push.refs[1].local_ref, "HEAD~1");
	assert_null(push.refs[1].remote_id);
	push_release(&push);
	read_push(&push, "");
	assert_int_equal(push.count, 0);
	push_release(&push);
}

static void test_deletions(void **state)
{
	struct push push;

	(void)state;
	read_push(&push, "(delete) " ZERO " refs/heads/a " ONE "\n"
			 "refs/heads/b " ONE " refs/heads/b " ZERO64 "\n"
			 "(delete) " ZERO64 " refs/heads/c " TWO);
	assert_int_equal(push.count, 1);
	assert_string_equal(push.refs[0].remote_ref, "refs/heads/b");
	assert_null(push.refs[0].remote_id);
	push_release(&push);
}

static void test_no_lines(void **state)
{
	static const char *const texts[] = {
		"\n",
		"one",
		"a " ONE " b",
		"a " ONE " b " TWO " c",
		"a " ONE " b \n",
		" " ONE " b " TWO,
		"a x b " TWO,
		"a " ONE " b -",
		"a " ONE "  " TWO,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct err err = ERR_INIT;
		struct push push;

		assert_int_equal(push_read(&push, texts[i], strlen(texts[i]),
					   &err),
				 D1_ERROR);
		push_release(&push);
	}
}

static void test_shim(void **state)
{
	const char *top = getenv("TOP_SRCDIR");
	struct err err = ERR_INIT;
	struct buf file, text;
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/hooks/shim", top ? top : ".");
	buf_init(&file, 1 << 16);
	buf_init(&text, 1 << 16);
	assert_int_equal(file_read(&file, path, 0, &err), 0);
	shim_add(&text, false);
	assert_int_equal(text.len, file.len);
	assert_memory_equal(text.data, file.data, file.len);
	assert_true(shim_is_ours(file.data, file.len));
	buf_add_string(&file, "\r\n \n");
	assert_true(shim_is_ours(file.data, file.len));
	buf_add_string(&file, "x");
	assert_false(shim_is_ours(file.data, file.len));
	buf_clear(&text);
	shim_add(&text, true);
	assert_non_null(strstr(text.data, "\nrequire=yes\n"));
	assert_true(shim_is_ours(text.data, text.len));
	assert_true(shim_is_ours("", 0));
	assert_false(shim_is_ours("#!/bin/sh\n", 10));
	buf_release(&file);
	buf_release(&text);
}

static bool calls(const char *text, enum hook_event event)
{
	return shim_is_called(text, strlen(text), event);
}

static void test_called(void **state)
{
	(void)state;
	assert_true(calls("x\ngit d1 hook pre-push \"$@\"", HOOK_PRE_PUSH));
	assert_true(calls("git-d1 hook pre-push", HOOK_PRE_PUSH));
	assert_false(calls("git d1 hook pre-push", HOOK_PRE_COMMIT));
	assert_true(calls("git d1 hook pre-push; git d1 hook pre-commit",
			  HOOK_PRE_COMMIT));
	assert_false(calls("git d1 hook pre-pus", HOOK_PRE_PUSH));
	assert_false(calls("", HOOK_PRE_PUSH));
}

static void test_environment(void **state)
{
	(void)state;
	unsetenv("CI");
	unsetenv("GIT_D1_HOOKS");
	unsetenv("GIT_D1_SKIP_HOOKS");
	assert_true(hooks_wanted());
	setenv("GIT_D1_HOOKS", "0", 1);
	assert_false(hooks_wanted());
	setenv("GIT_D1_HOOKS", "", 1);
	assert_true(hooks_wanted());
	setenv("CI", "true", 1);
	assert_false(hooks_wanted());
	setenv("GIT_D1_HOOKS", "1", 1);
	assert_true(hooks_wanted());
	setenv("GIT_D1_SKIP_HOOKS", "1", 1);
	assert_false(hooks_wanted());
	unsetenv("CI");
	unsetenv("GIT_D1_HOOKS");
	unsetenv("GIT_D1_SKIP_HOOKS");
}

static void test_settings(void **state)
{
	static const char text[] = "[d1]\n\tautoPull\n\tautoSnapshot = no\n"
				   "[d1 \"prePush\"]\n\tremote = Block\n"
				   "\ttimeout = 7\n";
	struct hook_settings settings;
	struct git_config git;
	struct err err = ERR_INIT;

	(void)state;
	git_config_init(&git);
	assert_int_equal(hook_settings_read(&settings, &git, &err), 0);
	assert_true(settings.enabled);
	assert_false(settings.auto_pull);
	assert_false(settings.auto_snapshot);
	assert_int_equal(settings.remote, HOOK_POLICY_OFF);
	assert_int_equal(git_config_parse(&git, text, strlen(text), "t", &err),
			 0);
	assert_int_equal(hook_settings_read(&settings, &git, &err), 0);
	assert_true(settings.auto_pull);
	assert_false(settings.auto_snapshot);
	assert_int_equal(settings.remote, HOOK_POLICY_BLOCK);
	assert_int_equal(settings.timeout, 7000);
	git_config_release(&git);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_deletions),
		cmocka_unit_test(test_no_lines),
		cmocka_unit_test(test_shim),
		cmocka_unit_test(test_called),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
