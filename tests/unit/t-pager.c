/* The pager, on a terminal of the test's own. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/pager.h"

/* What a program with a pager does, and what came of it. */
struct run {
	const char *core_pager;
	bool terminal; /* standard output is one */
	int lines;     /* how many it writes */
	int signal;    /* it then sends itself this */

	int status;	   /* as waitpid() tells */
	char output[4096]; /* of program and pager */
};

#define PROGRAM_EXIT 7
#define PAGER_FAILED 8

static void be_program(const struct run *run, int output)
{
	struct err err = ERR_INIT;

	dup2(output, STDOUT_FILENO);
	if (pager_begin(run->core_pager, &err)) {
		printf("failed: %s\n", err.message);
		fflush(stdout);
		_exit(PAGER_FAILED);
	}
	for (int i = 0; i < run->lines; i++)
		printf("line\n");
	fflush(stdout);
	if (run->signal)
		raise(run->signal);
	pager_end();
	_exit(PROGRAM_EXIT);
}

/* The end that is read and the end that is written. */
static void open_output(const struct run *run, int ends[2])
{
	if (!run->terminal) {
		assert_int_equal(pipe(ends), 0);
		return;
	}
	ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(ends[0] >= 0);
	assert_int_equal(grantpt(ends[0]), 0);
	assert_int_equal(unlockpt(ends[0]), 0);
	ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
	assert_true(ends[1] >= 0);
}

static void go(struct run *run)
{
	size_t used = 0;
	ssize_t got;
	int ends[2];
	pid_t pid;

	fflush(NULL);
	open_output(run, ends);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		be_program(run, ends[1]);
	}
	close(ends[1]);
	/* A terminal that was closed is an error, not the end of a file. */
	while ((got = read(ends[0], run->output + used,
			   sizeof(run->output) - 1 - used)) > 0)
		used += (size_t)got;
	run->output[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &run->status, 0), pid);
}

static void expect(struct run run, const char *output)
{
	go(&run);
	assert_string_equal(run.output, output);
	assert_true(WIFEXITED(run.status));
	assert_int_equal(WEXITSTATUS(run.status), PROGRAM_EXIT);
}

static int clean_environment(void **state)
{
	(void)state;
	unsetenv("GIT_PAGER");
	unsetenv("GIT_PAGER_IN_USE");
	unsetenv("PAGER");
	unsetenv("LESS");
	unsetenv("LV");
	unsetenv("COLUMNS");
	return 0;
}

/* A terminal ends its lines with "\r\n". */
static void test_order(void **state)
{
	struct run run = { .terminal = true, .lines = 1 };

	(void)state;
	setenv("PAGER", "sed s/^/PAGER:/", 1);
	expect(run, "PAGER:line\r\n");
	run.core_pager = "sed s/^/core.pager:/";
	expect(run, "core.pager:line\r\n");
	setenv("GIT_PAGER", "sed s/^/GIT_PAGER:/", 1);
	expect(run, "GIT_PAGER:line\r\n");
}

static void test_none(void **state)
{
	struct run run = { .terminal = true, .lines = 1 };

	(void)state;
	setenv("PAGER", "sed s/^/paged:/", 1);
	setenv("GIT_PAGER", "cat", 1);
	expect(run, "line\r\n");
	setenv("GIT_PAGER", "", 1);
	expect(run, "line\r\n");
	unsetenv("GIT_PAGER");
	setenv("GIT_PAGER_IN_USE", "true", 1);
	expect(run, "line\r\n");
	unsetenv("GIT_PAGER_IN_USE");
	run.terminal = false;
	expect(run, "line\n");
}

static void test_environment(void **state)
{
	struct run run = {
		.terminal = true,
		.core_pager = "echo $LESS $LV $GIT_PAGER_IN_USE $COLUMNS",
	};

	(void)state;
	expect(run, "FRX -c true 80\r\n");
	setenv("LESS", "S", 1);
	setenv("COLUMNS", "99", 1);
	expect(run, "S -c true 99\r\n");
}

static void test_missing(void **state)
{
	struct run run = { .terminal = true,
			   .lines = 1,
			   .core_pager = "no-such-pager" };
	const char *old = getenv("PATH");
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s", old ? old : "/usr/bin:/bin");
	go(&run);
	assert_string_equal(run.output,
			    "failed: cannot run the pager: "
			    "cannot find 'no-such-pager' on the PATH\r\n");
	run.core_pager = "/no/such/pager";
	go(&run);
	assert_string_equal(run.output,
			    "failed: cannot run the pager "
			    "'/no/such/pager': No such file or directory\r\n");

	/* Nobody asked for less. */
	setenv("PATH", "/no/such/directory", 1);
	run.core_pager = NULL;
	expect(run, "line\r\n");
	setenv("PATH", path, 1);
}

static void test_pager_that_quits(void **state)
{
	struct run run = { .terminal = true,
			   .lines = 100000,
			   .core_pager = "head -n 1; sleep 0.1; echo end" };

	(void)state;
	go(&run);
	assert_string_equal(run.output, "line\r\nend\r\n");
	assert_true(WIFSIGNALED(run.status));
	assert_int_equal(WTERMSIG(run.status), SIGPIPE);
}

static void test_signal_waits_for_pager(void **state)
{
	struct run run = { .terminal = true,
			   .lines = 1,
			   .signal = SIGTERM,
			   .core_pager = "cat; sleep 0.1; echo end" };

	(void)state;
	go(&run);
	assert_string_equal(run.output, "line\r\nend\r\n");
	assert_true(WIFSIGNALED(run.status));
	assert_int_equal(WTERMSIG(run.status), SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, clean_environment),
		cmocka_unit_test_setup(test_none, clean_environment),
		cmocka_unit_test_setup(test_environment, clean_environment),
		cmocka_unit_test_setup(test_missing, clean_environment),
		cmocka_unit_test_setup(test_pager_that_quits,
				       clean_environment),
		cmocka_unit_test_setup(test_signal_waits_for_pager,
				       clean_environment),
	};

	return cmocka_run_group_tests_name("pager", tests, NULL, NULL);
}
