/* Names of local database files, as `wrangler dev` made them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/localfile.h"

static void check(const char *name, const char *expected)
{
	char id[LOCALFILE_ID_SIZE];
	struct err err = ERR_INIT;

	assert_int_equal(localfile_id(id, name, &err), 0);
	assert_string_equal(id, expected);
}

static void ids_are_those_of_workerd(void **state)
{
	(void)state;
	check("11111111-2222-3333-4444-555555555555",
	      "f023adf8de81e80d62670e09f086149a"
	      "f129cccda34c51f26517069258c53e8c");
	check("preview-id-1", "67441a0b8c8ac167838a875d82aa1690"
			      "8774d0b4e43e6f6c68ad9c8ccbb64be3");
	check("NOID", "4352776c43bd0755e466d0f7c7a1f4b7"
		      "61c294a796aa48768ba01c743affd068");
	check("meas-db", "3baf209b8eb98cc2f500d0d0b4d20d3a"
			 "a9f568a907f7d49f5fd2d3ca2452f0b7");
}

static void the_path_is_below_the_state_directory(void **state)
{
	struct err err = ERR_INIT;
	char *path;

	(void)state;
	assert_int_equal(localfile_path(&path, "/p/.wrangler/state", "NOID",
					&err),
			 0);
	assert_string_equal(path, "/p/.wrangler/state/v3/d1/"
				  "miniflare-D1DatabaseObject/"
				  "4352776c43bd0755e466d0f7c7a1f4b7"
				  "61c294a796aa48768ba01c743affd068.sqlite");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_those_of_workerd),
		cmocka_unit_test(the_path_is_below_the_state_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
