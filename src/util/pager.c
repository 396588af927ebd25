#include "config.h"

#include "util/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/child.h"
#include "util/compiler.h"
#include "util/terminal.h"

/* What makes a pager more than the plain name of a program, as in git. */
#define SHELL_CHARACTERS "|&;<>()$`\\\"' \t\n*?[#~=%"

/* Signals that end the program, and have to wait for the pager. */
static const int ending[] = { SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE };

static volatile pid_t pager_pid; /* 0: none is running */
static bool pager_has_stderr;

bool pager_in_use(void)
{
	const char *value = getenv("GIT_PAGER_IN_USE");

	return value && *value && strcmp(value, "0") != 0 &&
	       strcmp(value, "false") != 0;
}

/* Closes our ends, so that the pager sees the end of its input, and waits. */
static void wait_for_pager(void)
{
	close(STDOUT_FILENO);
	if (pager_has_stderr)
		close(STDERR_FILENO);
	while (waitpid(pager_pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	pager_pid = 0;
}

/* Only calls what may be called in a signal handler. */
static void on_signal(int number)
{
	if (pager_pid)
		wait_for_pager();
	signal(number, SIG_DFL);
	raise(number);
}

/* The pager that the user wants, NULL for none. */
static const char *choose(const char *core_pager, bool *configured)
{
	const char *name = getenv("GIT_PAGER");

	if (!name)
		name = core_pager;
	if (!name)
		name = getenv("PAGER");
	*configured = name != NULL;
	if (!name)
		name = "less";
	return *name && strcmp(name, "cat") != 0 ? name : NULL;
}

/* In the child: becomes the pager, or tells the parent why not. */
static void become_pager(const char *program, const char *name, bool shell,
			 int input, int report)
{
	int number;

	dup2(input, STDIN_FILENO);
	setenv("GIT_PAGER_IN_USE", "true", 1);
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	if (shell)
		execl(program, "sh", "-c", name, (char *)NULL);
	else
		execl(program, name, (char *)NULL);
	number = errno;
	while (write(report, &number, sizeof(number)) < 0 && errno == EINTR)
		continue;
	_exit(127);
}

/*
 * What the child reports before its end of the pipe is closed, by execl() if
 * by nothing else: an errno, or nothing once the pager runs.
 */
static int read_report(int report)
{
	int number = 0;
	ssize_t got;

	do
		got = read(report, &number, sizeof(number));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(number) ? number : 0;
}

/*
 * Starts the pager and sets *input to where it reads from. Returns 0, or the
 * errno of what failed.
 */
static int start(const char *program, const char *name, bool shell, int *input)
{
	int text[2], report[2], number = 0;
	pid_t pid;

	if (pipe2(text, O_CLOEXEC) < 0)
		return errno;
	if (pipe2(report, O_CLOEXEC) < 0) {
		number = errno;
		goto out;
	}
	pid = fork();
	if (pid == 0)
		become_pager(program, name, shell, text[0], report[1]);
	if (pid < 0)
		number = errno;
	close(report[1]);
	if (pid > 0)
		number = read_report(report[0]);
	close(report[0]);
	if (number == 0)
		pager_pid = pid;
	else if (pid > 0)
		waitpid(pid, NULL, 0);
out:
	close(text[0]);
	if (number)
		close(text[1]);
	else
		*input = text[1];
	return number;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal }, old;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		sigaction(ending[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
}

static void redirect_output(int input)
{
	catch_signals();
	pager_has_stderr = isatty(STDERR_FILENO) == 1;
	dup2(input, STDOUT_FILENO);
	if (pager_has_stderr)
		dup2(input, STDERR_FILENO);
	close(input);
	setenv("GIT_PAGER_IN_USE", "true", 1);
}

int pager_begin(const char *core_pager, struct err *err)
{
	bool configured, shell;
	const char *name = choose(core_pager, &configured);
	char *program = NULL;
	char width[16];
	int input = -1, number;

	if (!name || pager_in_use() || isatty(STDOUT_FILENO) != 1)
		return 0;
	shell = strpbrk(name, SHELL_CHARACTERS) != NULL;
	if (child_find(&program, shell ? "sh" : name, err)) {
		if (!configured)
			err_clear(err);
		return err_context(err, "cannot run the pager");
	}
	/* Standard output will not tell it any more. */
	snprintf(width, sizeof(width), "%d", terminal_width());
	setenv("COLUMNS", width, 0);
	number = start(program, name, shell, &input);
	free(program);
	if (number)
		return err_set(err, D1_ERROR, "cannot run the pager '%s': %s",
			       name, strerror(number));
	redirect_output(input);
	return 0;
}

void pager_end(void)
{
	if (pager_pid)
		wait_for_pager();
}
