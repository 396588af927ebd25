/* Names of a rehearsal: which are ours, and which only look so. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/scratchname.h"
#include "util/compiler.h"

static struct arena arena;

static void knows_its_own(void **state)
{
	const char *users = scratchname_make(&arena, "users");
	const char *upper = scratchname_make(&arena, "USERS");
	const char *twice = scratchname_make(&arena, users);

	(void)state;
	assert_true(scratchname_is(users));
	assert_true(scratchname_is(upper));
	assert_true(scratchname_is(twice));
	/* as SQL has it, they are one name */
	assert_memory_equal(users, upper, strlen(users) - strlen("users"));
}

static void knows_no_other(void **state)
{
	static const char *const others[] = {
		"",
		"users",
		"git_d1_scratch_",
		"git_d1_scratch_users",
		"git_d1_0123456789ab",
		"git_d1_scratch_0123456789ab_users",
		"git_d1_scratch_ed4c8602a60c_",
		"git_d1_scratch_ed4c8602a60c_q",
		"git_d1_scratch_ed4c8602a60c_pp",
		" git_d1_scratch_ed4c8602a60c_p",
	};

	(void)state;
	assert_true(scratchname_is("git_d1_scratch_ed4c8602a60c_p"));
	assert_true(scratchname_is("GIT_D1_scratch_ED4C8602A60C_P"));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(scratchname_is(others[i]));
}

static void parks(void **state)
{
	const char *scratch = scratchname_make(&arena, "t");

	(void)state;
	assert_string_equal(scratchname_park(&arena, "t", "parked"), "parked");
	assert_true(
		scratchname_is(scratchname_park(&arena, scratch, "parked")));
}

static void makes_plain(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	scratchname_add_plain(&out, "no such table: main."
				    "git_d1_scratch_ed4c8602a60c_p in "
				    "\"git_d1_scratch_de4c86014091_c\", "
				    "git_d1_scratch_p");
	assert_string_equal(out.data, "no such table: main.p in \"c\", "
				      "git_d1_scratch_p");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_own),
		cmocka_unit_test(knows_no_other),
		cmocka_unit_test(parks),
		cmocka_unit_test(makes_plain),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_release(&arena);
	return failed;
}
