/* The closest word: what counts as close, and what does not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/compiler.h"
#include "util/similar.h"

static const char *closest(const char *word)
{
	static const char *const words[] = { "diff", "env",    "help",	 "push",
					     "pull", "status", "version" };
	struct similar similar;

	similar_init(&similar, word);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		similar_offer(&similar, words[i]);
	return similar.best;
}

static void test_close(void **state)
{
	(void)state;
	assert_string_equal(closest("diff"), "diff");
	assert_string_equal(closest("dif"), "diff");
	assert_string_equal(closest("idff"), "diff");
	assert_string_equal(closest("sttaus"), "status");
	assert_string_equal(closest("statuses"), "status");
	assert_string_equal(closest("versoin"), "version");
	assert_string_equal(closest("pusj"), "push");
}

static void test_far(void **state)
{
	char endless[200];

	(void)state;
	assert_null(closest(""));
	assert_null(closest("frobnicate"));
	assert_null(closest("x"));
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_null(closest(endless));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests_name("similar", tests, NULL, NULL);
}
