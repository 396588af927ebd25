/* Child processes, and the small helpers for files, paths and patterns. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"
#include "util/child.h"
#include "util/file.h"
#include "util/glob.h"
#include "util/path.h"

enum { MEGABYTE = 1024 * 1024 };

/* Runs a shell script with the buffer for its output. */
static int run_script(struct buf *output, const char *script,
		      struct child_result *result, struct err *err)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct child child = { .argv = argv, .output = output };

	return child_run(&child, result, err);
}

static void status_and_output_are_returned(void **state)
{
	struct child_result result;
	struct err err = ERR_INIT;
	struct buf output;

	(void)state;
	buf_init(&output, 100);
	assert_int_equal(run_script(&output, "echo hello; exit 3", &result,
				    &err),
			 0);
	assert_int_equal(result.status, 3);
	assert_int_equal(result.signal, 0);
	assert_string_equal(output.data, "hello\n");
	buf_clear(&output);
	assert_int_equal(run_script(&output, "kill -9 $$", &result, &err), 0);
	assert_int_equal(result.status, -1);
	assert_int_equal(result.signal, SIGKILL);
	buf_release(&output);
}

static void all_three_pipes_are_served_at_once(void **state)
{
	const char *const argv[] = { "sh", "-c", "tee /dev/stderr", NULL };
	struct child_result result;
	struct err err = ERR_INIT;
	struct buf output, errors;
	char *input = malloc(3 * MEGABYTE);
	struct child child = {
		.argv = argv,
		.input = input,
		.input_size = 3 * MEGABYTE,
		.output = &output,
		.errors = &errors,
	};

	(void)state;
	for (size_t i = 0; i < 3 * MEGABYTE; i++)
		input[i] = (char)(i * 31 / 7);
	buf_init(&output, 4 * MEGABYTE);
	buf_init(&errors, 4 * MEGABYTE);
	assert_int_equal(child_run(&child, &result, &err), 0);
	assert_int_equal(result.status, 0);
	assert_int_equal(output.len, 3 * MEGABYTE);
	assert_int_equal(errors.len, 3 * MEGABYTE);
	assert_memory_equal(output.data, input, output.len);
	assert_memory_equal(errors.data, input, errors.len);
	buf_release(&output);
	buf_release(&errors);
	free(input);
}

static void a_child_that_does_not_read_is_no_error(void **state)
{
	const char *const argv[] = { "true", NULL };
	static char input[MEGABYTE];
	struct child child = {
		.argv = argv,
		.input = input,
		.input_size = sizeof(input),
	};
	struct child_result result;
	struct err err = ERR_INIT;
	sigset_t pending;

	(void)state;
	assert_int_equal(child_run(&child, &result, &err), 0);
	assert_int_equal(result.status, 0);
	sigpending(&pending);
	assert_false(sigismember(&pending, SIGPIPE));
}

/* Neither what the parent ignores and blocks, nor that it has closed 0 to 2. */
static void a_child_starts_like_one_of_a_shell(void **state)
{
	const char *const argv[] = { "sh", "-c",
				     "cat; echo errors >&2; kill -PIPE $$; "
				     "echo it lives",
				     NULL };
	/* a shell may unblock signals by itself */
	const char *const blocked[] = { "grep", "-q", "^SigBlk:\t0*$",
					"/proc/self/status", NULL };
	int saved[] = { dup(0), dup(1), dup(2) };
	struct buf output, errors;
	struct child child = {
		.argv = argv,
		.input = "input",
		.input_size = 5,
		.output = &output,
		.errors = &errors,
	};
	struct child_result result, second = { .status = 0 };
	struct err err = ERR_INIT;
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);
	sigset_t all, mask;
	int code;

	(void)state;
	buf_init(&output, 100);
	buf_init(&errors, 100);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	for (int i = 0; i < 3; i++)
		close(i);
	code = child_run(&child, &result, &err);
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	if (!code && access(blocked[3], R_OK) == 0) {
		child = (struct child){ .argv = blocked };
		code = child_run(&child, &second, &err);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	signal(SIGPIPE, old);
	assert_int_equal(code, 0);
	assert_int_equal(second.status, 0);
	assert_int_equal(result.signal, SIGPIPE);
	assert_string_equal(output.data, "input");
	assert_string_equal(errors.data, "errors\n");
	buf_release(&output);
	buf_release(&errors);
}

static void too_much_output_ends_the_child(void **state)
{
	struct child_result result;
	struct err err = ERR_INIT;
	struct buf output;

	(void)state;
	buf_init(&output, 1000);
	assert_int_equal(run_script(&output, "while :; do echo y; done",
				    &result, &err),
			 D1_ERROR);
	assert_string_equal(err.message,
			    "cannot run 'sh': its output is larger than 1000 "
			    "bytes");
	buf_release(&output);
}

static void a_timeout_ends_the_child(void **state)
{
	const char *const argv[] = { "sh", "-c", "exec sleep 600", NULL };
	struct child child = { .argv = argv, .timeout = 100 };
	struct child_result result;
	struct err err = ERR_INIT;
	time_t start = time(NULL);
	struct buf output;

	(void)state;
	assert_int_equal(child_run(&child, &result, &err), D1_ERROR);
	assert_string_equal(err.message,
			    "'sh' did not end within 0.100 seconds");
	buf_init(&output, 100);
	child.output = &output;
	err_clear(&err);
	assert_int_equal(child_run(&child, &result, &err), D1_ERROR);
	assert_true(time(NULL) - start < 300);
	buf_release(&output);
}

static void a_process_left_behind_does_not_count(void **state)
{
	const char *const argv[] = { "sh", "-c", "sleep 600 & echo $!", NULL };
	/* a child that is done by then */
	struct child child = { .argv = argv, .timeout = 5000 };
	struct child_result result;
	struct err err = ERR_INIT;
	struct buf output;

	(void)state;
	buf_init(&output, 100);
	child.output = &output;
	assert_int_equal(child_run(&child, &result, &err), 0);
	assert_int_equal(result.status, 0);
	assert_int_equal(kill((pid_t)strtol(output.data, NULL, 10), SIGKILL),
			 0);
	buf_release(&output);
}

static void programs_come_from_absolute_directories_only(void **state)
{
	struct child_result result;
	struct err err = ERR_INIT;
	char *old = strdup(getenv("PATH"));
	char *path;

	(void)state;
	sandbox_write("git-evil", "#!/bin/sh\nexit 0\n");
	assert_int_equal(chmod("git-evil", 0755), 0);
	setenv("PATH",
	       ":.:"
	       "bin::",
	       1);
	assert_int_equal(child_find(&path, "git-evil", &err), D1_ENOTFOUND);
	assert_null(path);
	assert_string_equal(err.message, "cannot find 'git-evil' on the PATH");
	setenv("PATH", sandbox_dir, 1);
	err_clear(&err);
	assert_int_equal(child_find(&path, "git-evil", &err), 0);
	assert_string_equal(path, sandbox_path("git-evil"));
	free(path);
	setenv("PATH", old, 1);
	free(old);
	{
		const char *const argv[] = { "./missing", NULL };
		const struct child child = { .argv = argv };

		assert_int_equal(child_run(&child, &result, &err),
				 D1_ENOTFOUND);
	}
}

static void environment_and_directory_are_set(void **state)
{
	const char *const argv[] = { "sh", "-c",
				     "pwd; echo $ADDED-$GONE-$GIT_DIR", NULL };
	const char *const environment[] = { "ADDED=yes", "GONE", NULL };
	struct buf output;
	struct child child = {
		.argv = argv,
		.dir = sandbox_path("sub"),
		.environment = environment,
		.outside_repository = true,
		.output = &output,
	};
	struct child_result result;
	struct err err = ERR_INIT;
	char expected[8192];

	(void)state;
	mkdir("sub", 0777);
	setenv("GONE", "still here", 1);
	setenv("GIT_DIR", "/nowhere", 1);
	buf_init(&output, 8192);
	assert_int_equal(child_run(&child, &result, &err), 0);
	snprintf(expected, sizeof(expected), "%s\nyes--\n",
		 sandbox_path("sub"));
	assert_string_equal(output.data, expected);
	unsetenv("GONE");
	unsetenv("GIT_DIR");
	child.dir = sandbox_path("none");
	assert_int_equal(child_run(&child, &result, &err), D1_ERROR);
	assert_non_null(strstr(err.message, "No such file or directory"));
	buf_release(&output);
}

static void only_regular_files_are_read(void **state)
{
	struct err err = ERR_INIT;
	struct buf text;

	(void)state;
	buf_init(&text, 10);
	sandbox_write("file", "0123456789");
	assert_int_equal(file_read(&text, "file", 0, &err), 0);
	assert_string_equal(text.data, "0123456789");
	sandbox_write("file", "0123456789x");
	buf_clear(&text);
	assert_int_equal(file_read(&text, "file", 0, &err), D1_ERROR);
	assert_string_equal(err.message, "cannot read 'file': the file is "
					 "larger than 10 bytes");
	err_clear(&err);
	assert_int_equal(file_read(&text, "none", 0, &err), D1_ENOTFOUND);
	err_clear(&err);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(file_read(&text, "fifo", 0, &err), D1_ERROR);
	assert_string_equal(err.message, "'fifo' is not a regular file");
	err_clear(&err);
	assert_int_equal(file_read(&text, ".", 0, &err), D1_ERROR);
	err_clear(&err);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(file_read(&text, "link", FILE_NO_SYMLINK, &err),
			 D1_EREFUSED);
	buf_release(&text);
}

static void check_resolve(const char *dir, const char *path,
			  const char *expected)
{
	char *resolved = path_resolve(dir, path);

	assert_string_equal(resolved, expected);
	free(resolved);
}

static void paths_are_resolved_as_text(void **state)
{
	(void)state;
	check_resolve("/a/b", "c", "/a/b/c");
	check_resolve("/a/b", "../c/./d/", "/a/c/d");
	check_resolve("/a/b", "../../../..", "/");
	check_resolve("/a//b/", "/x//y", "/x/y");
	check_resolve("/", "x", "/x");
	check_resolve("/a", ".", "/a");
	assert_true(path_is_inside("/a", "/a/b"));
	assert_true(path_is_inside("/", "/a/b"));
	assert_false(path_is_inside("/a", "/ab"));
}

static void tracked_files_may_name_paths_inside_only(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	mkdir("real", 0777);
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(path_check_inside(sandbox_dir, sandbox_path("real/x"),
					   "snapshotPath", &err),
			 0);
	assert_int_equal(path_check_inside(sandbox_dir, "/etc", "snapshotPath",
					   &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(path_check_inside(sandbox_dir,
					   sandbox_path("real/.GIT/hooks"),
					   "snapshotPath", &err),
			 D1_EREFUSED);
	err_clear(&err);
	assert_int_equal(path_check_inside(sandbox_dir, sandbox_path("link/x"),
					   "snapshotPath", &err),
			 D1_EREFUSED);
	assert_non_null(strstr(err.message, "passes the symbolic link"));
}

static void patterns_match_names(void **state)
{
	(void)state;
	assert_true(glob_match("users", "Users"));
	assert_true(glob_match("*", ""));
	assert_true(glob_match("a*c*e", "abcde"));
	assert_true(glob_match("a*c*e", "abcdcXe"));
	assert_false(glob_match("a*c*e", "abcdf"));
	assert_true(glob_match("t?g", "t\xc3\xa4g"));
	assert_false(glob_match("t?g", "tg"));
	assert_true(glob_match("log_[0-9][!5]", "LOG_76"));
	assert_false(glob_match("log_[0-9][!5]", "log_75"));
	assert_true(glob_match("a\\*b", "a*b"));
	assert_false(glob_match("a\\*b", "axb"));
	assert_true(glob_match("a[b", "a[b"));
	assert_false(glob_match("", "a"));
	assert_false(glob_match("ab", "a"));
	assert_true(name_equal("Abc", "aBC"));
	assert_false(name_equal("abc", "ab"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_and_output_are_returned),
		cmocka_unit_test(all_three_pipes_are_served_at_once),
		cmocka_unit_test(a_child_that_does_not_read_is_no_error),
		cmocka_unit_test(a_child_starts_like_one_of_a_shell),
		cmocka_unit_test(too_much_output_ends_the_child),
		cmocka_unit_test(a_timeout_ends_the_child),
		cmocka_unit_test(a_process_left_behind_does_not_count),
		cmocka_unit_test_setup_teardown(
			programs_come_from_absolute_directories_only,
			sandbox_enter, sandbox_leave),
		cmocka_unit_test_setup_teardown(
			environment_and_directory_are_set, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test_setup_teardown(only_regular_files_are_read,
						sandbox_enter, sandbox_leave),
		cmocka_unit_test(paths_are_resolved_as_text),
		cmocka_unit_test_setup_teardown(
			tracked_files_may_name_paths_inside_only, sandbox_enter,
			sandbox_leave),
		cmocka_unit_test(patterns_match_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
