/* .env files: quoting, order of files, references. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/dotenv.h"
#include "sandbox.h"

/* What A is after the text was read; NULL if it is not set. */
static void check(const char *text, const char *expected)
{
	struct dotenv dotenv = DOTENV_INIT;
	const struct dotenv_entry *entry;
	struct err err = ERR_INIT;

	assert_int_equal(dotenv_parse(&dotenv, text, strlen(text), ".env",
				      &err),
			 0);
	assert_int_equal(dotenv_expand(&dotenv, &err), 0);
	entry = dotenv_get(&dotenv, "A");
	if (expected) {
		assert_non_null(entry);
		assert_string_equal(entry->value, expected);
	} else {
		assert_null(entry);
	}
	dotenv_release(&dotenv);
}

static void values_are_read_as_dotenv_reads_them(void **state)
{
	(void)state;
	check("A=1", "1");
	check("A = two words  # comment\n", "two words");
	check("A=#x", "");
	check("A=x#y", "x");
	check("A=\nB=2", "");
	check("A: yaml", "yaml");
	check("A:yaml", NULL);
	check("export A=1", "1");
	check("  export\tA=1", "1");
	check("export=2\nA=1", "1");
	check("# A=1", NULL);
	check("A 1", NULL);
	check("A=1\nA=2", "2");
	check("A=1\r\nB=2\rC=3", "1");
	check("B=1\rA=2", "2");
	check("\xef\xbb\xbf"
	      "A=1",
	      "1");
}

static void quotes_are_taken_off(void **state)
{
	(void)state;
	check("A='x # y' # z", "x # y");
	check("A=\"x\\ny\"", "x\ny");
	check("A='x\\ny'", "x\\ny");
	check("A=`\"'`", "\"'");
	check("A=\"one\ntwo\"\nB=1", "one\ntwo");
	check("A='x' y", "'x' y");
	check("A='x' y'", "x' y");
	check("A=\"x", "\"x");
	check("A='it\\'s'", "it\\'s");
	check("A='x\\'\nB='\n", "x\\'\nB=");
	check("A='x\\'\nB='y'", "x\\");
	check("A=''", "");
	check("A='\n", "'");
}

static void references_are_replaced(void **state)
{
	(void)state;
	setenv("SANDBOX_SET", "set", 1);
	setenv("SANDBOX_EMPTY", "", 1);
	check("B=b\nA=$B-${B}", "b-b");
	check("A=$B\nB=b", "");
	check("A=$SANDBOX_SET", "set");
	check("A=${SANDBOX_EMPTY:-d}${NONE-e}", "de");
	check("A=${SANDBOX_SET:+x}${NONE:+y}z", "xz");
	check("A=\\$B", "$B");
	check("B='\\$C'\nC=1\nA=$B", "$C");
	check("A=${NONE:-${SANDBOX_SET}}", "set");
	check("A=1$", "1$");
	check("A=$1", "$1");
	check("A=${}", "${}");
	unsetenv("SANDBOX_SET");
	unsetenv("SANDBOX_EMPTY");
}

static void later_files_win(void **state)
{
	struct dotenv dotenv = DOTENV_INIT;
	struct err err = ERR_INIT;

	(void)state;
	sandbox_write(".env", "A=1\nB=1\nC=1\nD=1\n");
	sandbox_write(".env.local", "B=2\nC=2\nD=2\n");
	sandbox_write(".env.staging", "C=3\nD=3\n");
	sandbox_write(".env.staging.local", "D=4\n");
	assert_int_equal(dotenv_load(&dotenv, sandbox_dir, "staging", &err), 0);
	assert_string_equal(dotenv_get(&dotenv, "A")->value, "1");
	assert_string_equal(dotenv_get(&dotenv, "B")->file, ".env.local");
	assert_string_equal(dotenv_get(&dotenv, "C")->value, "3");
	assert_string_equal(dotenv_get(&dotenv, "D")->value, "4");
	assert_string_equal(dotenv_get(&dotenv, "D")->file,
			    ".env.staging.local");
	assert_int_equal(dotenv_load(&dotenv, sandbox_dir, NULL, &err), 0);
	assert_string_equal(dotenv_get(&dotenv, "D")->value, "2");
	dotenv_release(&dotenv);
}

static void what_is_no_file_is_passed_over(void **state)
{
	struct dotenv dotenv = DOTENV_INIT;
	struct err err = ERR_INIT;

	(void)state;
	mkdir(".env", 0777);
	assert_int_equal(mkfifo(".env.local", 0600), 0);
	assert_int_equal(dotenv_load(&dotenv, sandbox_dir, "../x", &err), 0);
	assert_int_equal(dotenv.count, 0);
	assert_int_equal(err.code, D1_OK);
	dotenv_release(&dotenv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_as_dotenv_reads_them),
		cmocka_unit_test(quotes_are_taken_off),
		cmocka_unit_test(references_are_replaced),
		cmocka_unit_test_setup_teardown(later_files_win, sandbox_enter,
						sandbox_leave),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_passed_over,
						sandbox_enter, sandbox_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
