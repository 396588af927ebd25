/* Tracing: the form of a line, what is left out, and what is never shown. */
#include "config.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "util/trace.h"

static char path[] = "/tmp/git-d1-test-XXXXXX";

/* Empties the file that the trace is appended to. */
static int setup(void **state)
{
	(void)state;
	return truncate(path, 0);
}

static const char *written(void)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* Checks that there is one line with that text behind its time. */
static void expect_line(const char *expected)
{
	static const char form[] = "00:00:00.000000 trace git-d1: ";
	const char *text = written();

	assert_true(strlen(text) > strlen(form));
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0')
			assert_true(isdigit((unsigned char)text[i]));
		else
			assert_int_equal(text[i], form[i]);
	assert_string_equal(text + strlen(form), expected);
}

static void test_line(void **state)
{
	(void)state;
	trace_printf(TRACE_GENERAL, "%s %d", "hello", 7);
	expect_line("hello 7\n");
}

static void test_control_characters(void **state)
{
	(void)state;
	trace_printf(TRACE_GENERAL, "%s",
		     "a\x1b[31m\nb\xc3\xa9\xff"
		     "\xe2\x80\xae");
	expect_line("a.[31m.b\xc3\xa9....\n");
}

static void test_lines(void **state)
{
	static const char data[] = "one\r\n\r\ntwo\nthree";
	const char *text;

	(void)state;
	trace_lines(TRACE_CURL, "=> x", data, sizeof(data) - 1);
	text = written();
	for (int i = 0; i < 4; i++) {
		static const char *const ends[] = {
			"=> x: one\n",
			"=> x: \n",
			"=> x: two\n",
			"=> x: three\n",
		};

		text = strstr(text, ends[i]);
		assert_non_null(text);
	}
}

static void expect_redacted(const char *line, const char *expected)
{
	assert_int_equal(setup(NULL), 0);
	trace_lines(TRACE_CURL, "x", line, strlen(line));
	expect_line(expected);
}

static void test_secrets(void **state)
{
	(void)state;
	expect_redacted("AUTHORIZATION: Bearer abc",
			"x: AUTHORIZATION: <redacted>\n");
	expect_redacted("x-auth-key: abc", "x: x-auth-key: <redacted>\n");
	expect_redacted("Proxy-Authorization: Basic abc",
			"x: Proxy-Authorization: <redacted>\n");
	expect_redacted("Set-Cookie: a=b; path=/",
			"x: Set-Cookie: <redacted>\n");
	expect_redacted("{\"t\":\"Bearer a.b-c_d\"}",
			"x: {\"t\":\"Bearer <redacted>\"}\n");
	expect_redacted("https://r2/x?X-Amz-Signature=0ab1&y=2",
			"x: https://r2/x?X-Amz-Signature=<redacted>&y=2\n");
	expect_redacted("X-Auth-Email: a@b", "x: X-Auth-Email: a@b\n");
	expect_redacted("Bearer ", "x: Bearer \n");
}

static void test_hidden_secret(void **state)
{
	static const char secret[] = "s3cret";

	(void)state;
	trace_hide(secret);
	expect_redacted("as3crets3cretb", "x: a<redacted><redacted>b\n");
	trace_unhide(secret);
	expect_redacted("as3cret", "x: as3cret\n");
}

static void test_data_is_left_out(void **state)
{
	(void)state;
	assert_true(trace_wanted(TRACE_CURL));
	assert_false(trace_wanted(TRACE_CURL_DATA));
	trace_lines(TRACE_CURL_DATA, "x", "data", 4);
	assert_string_equal(written(), "");
}

/* Last: afterwards nothing is traced any more. */
static void test_too_many_secrets(void **state)
{
	char secrets[16][4];

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		snprintf(secrets[i], sizeof(secrets[i]), "s%zu", i);
		trace_hide(secrets[i]);
	}
	assert_false(trace_wanted(TRACE_GENERAL));
	trace_printf(TRACE_GENERAL, "s15");
	assert_string_equal(written(), "");
	for (size_t i = 0; i < 16; i++)
		trace_unhide(secrets[i]);
}

/*
 * What a program whose environment sets GIT_TRACE to `value` writes to its
 * standard error; the environment is looked at once, so it is a new process.
 */
static const char *standard_error(const char *value)
{
	static char text[4096];
	int ends[2];
	ssize_t size;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		setenv("GIT_TRACE", value, 1);
		setenv("GIT_TRACE_CURL", "0", 1);
		trace_printf(TRACE_GENERAL, "hello");
		trace_printf(TRACE_CURL, "not this");
		_exit(0);
	}
	close(ends[1]);
	size = read(ends[0], text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	close(ends[0]);
	waitpid(child, NULL, 0);
	return text;
}

/* First of all, before this process itself has looked. */
static void test_values(void **state)
{
	(void)state;
	assert_non_null(strstr(standard_error("1"), "trace git-d1: hello\n"));
	assert_non_null(strstr(standard_error("TRUE"), "git-d1: hello\n"));
	assert_non_null(strstr(standard_error("2"), "git-d1: hello\n"));
	assert_null(strstr(standard_error("2"), "not this"));
	assert_string_equal(standard_error("0"), "");
	assert_string_equal(standard_error(""), "");
	assert_string_equal(standard_error("false"), "");
	assert_non_null(strstr(standard_error("some/file"),
			       "warning: unknown trace value for 'GIT_TRACE':"
			       " some/file\n"));
	assert_non_null(strstr(standard_error("/nowhere/at/all"),
			       "warning: could not open '/nowhere/at/all'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test_setup(test_line, setup),
		cmocka_unit_test_setup(test_control_characters, setup),
		cmocka_unit_test_setup(test_lines, setup),
		cmocka_unit_test_setup(test_secrets, setup),
		cmocka_unit_test_setup(test_hidden_secret, setup),
		cmocka_unit_test_setup(test_data_is_left_out, setup),
		cmocka_unit_test_setup(test_too_many_secrets, setup),
	};
	int failed;

	close(mkstemp(path));
	setenv("GIT_TRACE", path, 1);
	setenv("GIT_TRACE_CURL", path, 1);
	setenv("GIT_TRACE_CURL_NO_DATA", "1", 1);
	unsetenv("GIT_TRACE_REDACT");
	unsetenv("GIT_CURL_VERBOSE");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
