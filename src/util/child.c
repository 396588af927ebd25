#include "config.h"

#include "util/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/compiler.h"

extern char **environ;

enum {
	GRACE = 500, /* milliseconds from SIGTERM to SIGKILL */
	TICK = 1,    /* milliseconds between two looks at a child */
};

/* What `git rev-parse --local-env-vars` prints. */
static const char *const git_local_variables[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR",
	"GIT_CONFIG",
	"GIT_CONFIG_COUNT",
	"GIT_CONFIG_PARAMETERS",
	"GIT_DIR",
	"GIT_GRAFT_FILE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_INDEX_FILE",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_OBJECT_DIRECTORY",
	"GIT_PREFIX",
	"GIT_REPLACE_REF_BASE",
	"GIT_SHALLOW_FILE",
	"GIT_WORK_TREE",
};

/* The three pipes, by the descriptor that they become in the child. */
enum { INPUT, OUTPUT, ERRORS, PIPES };

struct running {
	const struct child *child;
	pid_t pid;
	int ours[PIPES];   /* our end of each pipe, or -1 */
	int theirs[PIPES]; /* what the child gets, or -1 for ours */
	size_t written;	   /* of the input */
	int64_t deadline;  /* on the clock of now(), or INT64_MAX */
	bool ended;	   /* waited for, `status` is set */
	int status;	   /* of waitpid(); LOST if it failed */
};

/* No status that waitpid() makes. It fails if SIGCHLD is ignored. */
#define LOST (-1)

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool is_program(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISREG(info.st_mode) &&
	       !access(path, X_OK);
}

int child_find(char **path, const char *name, struct err *err)
{
	const char *dir = getenv("PATH");

	*path = NULL;
	if (strchr(name, '/')) {
		*path = strdup(name);
		return *path ? 0 : err_set_nomem(err);
	}
	if (!dir)
		dir = "/usr/bin:/bin";
	while (*dir) {
		size_t length = strcspn(dir, ":");

		if (*dir == '/') {
			char *file = malloc(length + strlen(name) + 2);

			if (!file)
				return err_set_nomem(err);
			memcpy(file, dir, length);
			file[length] = '/';
			memcpy(file + length + 1, name, strlen(name) + 1);
			if (is_program(file)) {
				*path = file;
				return 0;
			}
			free(file);
		}
		dir += length;
		dir += *dir == ':';
	}
	return err_set(err, D1_ENOTFOUND, "cannot find '%s' on the PATH", name);
}

/* True if `entry` ("NAME=VALUE") is of the variable that `name` begins with. */
static bool same_variable(const char *entry, const char *name)
{
	size_t length = strcspn(name, "=");

	return !strncmp(entry, name, length) && entry[length] == '=';
}

static bool is_replaced(const struct child *child, const char *entry)
{
	const char *const *change = child->environment;

	for (; change && *change; change++) {
		if (same_variable(entry, *change))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(git_local_variables); i++) {
		if (child->outside_repository &&
		    same_variable(entry, git_local_variables[i]))
			return true;
	}
	return false;
}

/* The environment of the child; only the array itself is to be freed. */
static char **make_environment(const struct child *child)
{
	const char *const *change = child->environment;
	size_t count = 0, used = 0;
	char **result;

	while (environ[count])
		count++;
	for (; change && *change; change++)
		count++;
	result = calloc(count + 1, sizeof(*result));
	if (!result)
		return NULL;
	for (char **entry = environ; *entry; entry++) {
		if (!is_replaced(child, *entry))
			result[used++] = *entry;
	}
	for (change = child->environment; change && *change; change++) {
		if (strchr(*change, '='))
			result[used++] = (char *)*change;
	}
	return result;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Makes the pipe that becomes `which` in the child, for reading or writing. */
static int open_pipe(struct running *run, int which, struct err *err)
{
	int ends[2];
	int ours = which == INPUT ? 1 : 0;

	if (pipe2(ends, O_CLOEXEC))
		return err_set_errno(err, "cannot make a pipe");
	run->ours[which] = ends[ours];
	run->theirs[which] = ends[!ours];
	fcntl(run->ours[which], F_SETFL, O_NONBLOCK);
	return 0;
}

static int open_pipes(struct running *run, struct err *err)
{
	const struct child *child = run->child;
	int result = 0;

	if (!child->inherit_input && child->input_size) {
		result = open_pipe(run, INPUT, err);
	} else if (!child->inherit_input) {
		run->theirs[INPUT] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (run->theirs[INPUT] < 0)
			result = err_set_errno(err, "cannot open '/dev/null'");
	}
	if (!result && child->output)
		result = open_pipe(run, OUTPUT, err);
	if (!result && child->errors)
		result = open_pipe(run, ERRORS, err);
	return result;
}

/*
 * The child's side of the fork: only calls that are safe after it. Reports
 * errno through `report` if the program cannot be started.
 */
static void become(const struct running *run, const char *path, char **env,
		   int report)
{
	int fds[PIPES];
	sigset_t none;
	int number;

	/* First out of the way of 0, 1, 2, then to where they belong. */
	for (int i = 0; i < PIPES; i++) {
		fds[i] = run->theirs[i];
		if (fds[i] >= 0 && fds[i] < PIPES)
			fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, PIPES);
	}
	if (report < PIPES)
		report = fcntl(report, F_DUPFD_CLOEXEC, PIPES);
	for (int i = 0; i < PIPES; i++) {
		if (fds[i] >= 0 && dup2(fds[i], i) < 0)
			goto fail;
	}
	if (run->child->dir && chdir(run->child->dir))
		goto fail;
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, (char *const *)run->child->argv, env);
fail:
	number = errno;
	while (write(report, &number, sizeof(number)) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* Waits for the exec: 0, or the errno that the child reported. */
static int read_report(int fd)
{
	int number = 0;
	ssize_t got;

	do
		got = read(fd, &number, sizeof(number));
	while (got < 0 && errno == EINTR);
	return got == sizeof(number) ? number : 0;
}

static void wait_for(struct running *run)
{
	pid_t got;

	do
		got = waitpid(run->pid, &run->status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		run->status = LOST;
	run->ended = true;
}

static int start(struct running *run, struct err *err)
{
	const struct child *child = run->child;
	int report[2] = { -1, -1 };
	char **env = NULL;
	char *path = NULL;
	int result, number;

	result = child_find(&path, child->argv[0], err);
	if (!path)
		goto out;
	result = open_pipes(run, err);
	if (result)
		goto out;
	env = make_environment(child);
	if (!env) {
		result = err_set_nomem(err);
		goto out;
	}
	if (pipe2(report, O_CLOEXEC)) {
		result = err_set_errno(err, "cannot make a pipe");
		goto out;
	}
	run->pid = fork();
	if (run->pid < 0) {
		result =
			err_set_errno(err, "cannot start '%s'", child->argv[0]);
		goto out;
	}
	if (!run->pid)
		become(run, path, env, report[1]);
	close_fd(&report[1]);
	number = read_report(report[0]);
	if (number) {
		wait_for(run);
		errno = number;
		result = err_set_errno(err, "cannot run '%s'%s%s%s", path,
				       child->dir ? " in '" : "",
				       child->dir ? child->dir : "",
				       child->dir ? "'" : "");
		if (number == ENOENT && !child->dir)
			err->code = result = D1_ENOTFOUND;
	}
out:
	close_fd(&report[0]);
	close_fd(&report[1]);
	for (int i = 0; i < PIPES; i++)
		close_fd(&run->theirs[i]);
	free(env);
	free(path);
	return result;
}

/* Writes what the pipe takes; a child that has stopped reading is no error. */
static void feed(struct running *run)
{
	const char *input = run->child->input;
	ssize_t sent = write(run->ours[INPUT], input + run->written,
			     run->child->input_size - run->written);

	if (sent < 0 && errno != EINTR && errno != EAGAIN)
		close_fd(&run->ours[INPUT]);
	if (sent > 0)
		run->written += (size_t)sent;
	if (run->written == run->child->input_size)
		close_fd(&run->ours[INPUT]);
}

/* Reads what the pipe holds; closes it at its end. */
static int drain(int *fd, struct buf *out, const char *what, struct err *err)
{
	char piece[16 * 1024];
	ssize_t got = read(*fd, piece, sizeof(piece));

	if (got > 0) {
		buf_add(out, piece, (size_t)got);
		explicit_bzero(piece, (size_t)got);
		return buf_check(out, what, err);
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	close_fd(fd);
	return 0;
}

static bool has_open_pipe(const struct running *run)
{
	return run->ours[INPUT] >= 0 || run->ours[OUTPUT] >= 0 ||
	       run->ours[ERRORS] >= 0;
}

/* How long poll() may sleep. */
static int time_left(const struct running *run)
{
	int64_t left = run->deadline - now();

	if (run->deadline == INT64_MAX)
		return -1;
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* One round of waiting for the pipes and moving what they have. */
static int exchange(struct running *run, struct err *err)
{
	struct pollfd fds[PIPES] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
	int result = 0;

	for (int i = 0; i < PIPES; i++) {
		fds[i].fd = run->ours[i];
		fds[i].events = i == INPUT ? POLLOUT : POLLIN;
	}
	if (poll(fds, PIPES, time_left(run)) < 0)
		return errno == EINTR ? 0 : err_set_errno(err, "cannot poll");
	if (fds[INPUT].revents)
		feed(run);
	if (fds[OUTPUT].revents)
		result = drain(&run->ours[OUTPUT], run->child->output,
			       "its output", err);
	if (!result && fds[ERRORS].revents)
		result = drain(&run->ours[ERRORS], run->child->errors,
			       "its standard error", err);
	return result;
}

/* Waits for the child until the deadline. True if it has ended. */
static bool wait_until(struct running *run, int64_t deadline)
{
	const struct timespec tick = { .tv_nsec = TICK * 1000000L };

	if (deadline == INT64_MAX && !run->ended)
		wait_for(run);
	while (!run->ended) {
		pid_t got = waitpid(run->pid, &run->status, WNOHANG);

		if (got < 0)
			run->status = LOST;
		if (got)
			run->ended = true;
		else if (now() >= deadline)
			return false;
		else
			nanosleep(&tick, NULL);
	}
	return true;
}

/* Ends a child that is not wanted any more. */
static void end(struct running *run)
{
	if (run->ended)
		return;
	kill(run->pid, SIGTERM);
	if (!wait_until(run, now() + GRACE)) {
		kill(run->pid, SIGKILL);
		wait_for(run);
	}
}

/* Moves data until all pipes are closed and the child has ended. */
static int follow(struct running *run, struct err *err)
{
	const char *name = run->child->argv[0];
	int result = 0;

	while (!result && has_open_pipe(run) && now() < run->deadline)
		result = exchange(run, err);
	if (result) {
		end(run);
		return err_context(err, "cannot run '%s'", name);
	}
	/*
	 * A pipe that is open past the deadline may be held by a process that
	 * the child left behind; what counts is whether the child is done.
	 */
	if (wait_until(run, run->deadline))
		return 0;
	end(run);
	return err_set(err, D1_ERROR, "'%s' did not end within %d.%03d seconds",
		       name, run->child->timeout / 1000,
		       run->child->timeout % 1000);
}

/*
 * Blocks SIGPIPE for this thread, so that writing to a child that has ended is
 * an error of write() and nothing else. `*pending` says whether one was
 * waiting already.
 */
static void hold_sigpipe(sigset_t *old, bool *pending)
{
	sigset_t set;

	sigpending(&set);
	*pending = sigismember(&set, SIGPIPE) == 1;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, old);
}

static void release_sigpipe(const sigset_t *old, bool was_pending)
{
	const struct timespec none = { .tv_sec = 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	if (!was_pending)
		while (sigtimedwait(&set, NULL, &none) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

int child_run(const struct child *child, struct child_result *result,
	      struct err *err)
{
	struct running run = {
		.child = child,
		.ours = { -1, -1, -1 },
		.theirs = { -1, -1, -1 },
		.deadline = INT64_MAX,
	};
	sigset_t old;
	bool pending;
	int code;

	*result = (struct child_result){ .status = -1 };
	if (child->timeout)
		run.deadline = now() + child->timeout;
	hold_sigpipe(&old, &pending);
	code = start(&run, err);
	if (!code)
		code = follow(&run, err);
	for (int i = 0; i < PIPES; i++)
		close_fd(&run.ours[i]);
	release_sigpipe(&old, pending);
	if (code)
		return code;
	if (run.status == LOST)
		return err_set(err, D1_ERROR, "cannot tell how '%s' ended",
			       child->argv[0]);
	if (WIFEXITED(run.status))
		result->status = WEXITSTATUS(run.status);
	else if (WIFSIGNALED(run.status))
		result->signal = WTERMSIG(run.status);
	return 0;
}
