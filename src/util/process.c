#include "config.h"

#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/compiler.h"
#include "util/progress.h"

extern char **environ;

enum {
	GRACE = 500, /* milliseconds from SIGTERM to SIGKILL */
	TICK = 1,    /* milliseconds between two looks at a child */
};

/* A process that is being started. */
struct birth {
	struct process *process;
	const struct child *child;
	int theirs[PROCESS_PIPES]; /* what it gets, or -1 for ours */
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

int64_t process_clock(void)
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

void process_hold_sigpipe(struct process_sigpipe *held)
{
	sigset_t set;

	sigpending(&set);
	held->pending = sigismember(&set, SIGPIPE) == 1;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, &held->mask);
}

void process_release_sigpipe(const struct process_sigpipe *held)
{
	const struct timespec none = { .tv_sec = 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	if (!held->pending)
		while (sigtimedwait(&set, NULL, &none) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &held->mask, NULL);
}

void process_close(struct process *process, int pipe)
{
	close_fd(&process->pipes[pipe]);
}

/* Makes the pipe that becomes `which` in the child, for reading or writing. */
static int open_pipe(struct birth *birth, int which, struct err *err)
{
	int ends[2];
	int ours = which == PROCESS_INPUT ? 1 : 0;

	if (pipe2(ends, O_CLOEXEC))
		return err_set_errno(err, "cannot make a pipe");
	birth->process->pipes[which] = ends[ours];
	birth->theirs[which] = ends[!ours];
	fcntl(birth->process->pipes[which], F_SETFL, O_NONBLOCK);
	return 0;
}

/* Standard output is to be what our standard error is. */
static int take_errors(struct birth *birth, struct err *err)
{
	int *theirs = &birth->theirs[PROCESS_OUTPUT];

	*theirs = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, PROCESS_PIPES);
	return *theirs < 0 ? err_set_errno(err, "cannot use standard error")
			   : 0;
}

/*
 * They are opened in the order of what they become, and the child's end of an
 * output is never the lower one: if any of 0, 1 and 2 is closed here, none of
 * them is taken for something that comes after it.
 */
static int open_pipes(struct birth *birth, struct err *err)
{
	const struct child *child = birth->child;
	int result = 0;

	if (!child->inherit_input && child->input_size) {
		result = open_pipe(birth, PROCESS_INPUT, err);
	} else if (!child->inherit_input) {
		birth->theirs[PROCESS_INPUT] =
			open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (birth->theirs[PROCESS_INPUT] < 0)
			result = err_set_errno(err, "cannot open '/dev/null'");
	}
	if (!result && child->output)
		result = open_pipe(birth, PROCESS_OUTPUT, err);
	else if (!result && child->output_to_errors)
		result = take_errors(birth, err);
	if (!result && child->errors)
		result = open_pipe(birth, PROCESS_ERRORS, err);
	return result;
}

/* These return errno, as what they call. */

static int add_actions(posix_spawn_file_actions_t *actions,
		       const struct birth *birth)
{
	const char *dir = birth->child->dir;
	int number = 0;

	/* None is in the way of a later one: see open_pipes(). */
	for (int i = 0; !number && i < PROCESS_PIPES; i++) {
		if (birth->theirs[i] >= 0)
			number = posix_spawn_file_actions_adddup2(
				actions, birth->theirs[i], i);
	}
	if (!number && dir)
		number = posix_spawn_file_actions_addchdir_np(actions, dir);
	return number;
}

/* No signal is blocked, and SIGPIPE is not ignored. */
static int set_signals(posix_spawnattr_t *attributes)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	number = posix_spawnattr_setsigmask(attributes, &set);
	sigaddset(&set, SIGPIPE);
	if (!number)
		number = posix_spawnattr_setsigdefault(attributes, &set);
	if (!number)
		number =
			posix_spawnattr_setflags(attributes,
						 POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF);
	return number;
}

/* Unlike after fork(), nothing of our memory is copied. */
static int spawn(const struct birth *birth, const char *path, char **env)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int number;

	number = posix_spawn_file_actions_init(&actions);
	if (number)
		return number;
	number = posix_spawnattr_init(&attributes);
	if (number)
		goto out;
	number = add_actions(&actions, birth);
	if (!number)
		number = set_signals(&attributes);
	if (!number)
		number = posix_spawn(&birth->process->pid, path, &actions,
				     &attributes,
				     (char *const *)birth->child->argv, env);
	posix_spawnattr_destroy(&attributes);
out:
	posix_spawn_file_actions_destroy(&actions);
	return number;
}

static void wait_for(struct process *process)
{
	pid_t got;

	do
		got = waitpid(process->pid, &process->status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		process->status = PROCESS_LOST;
	process->ended = true;
}

bool process_wait(struct process *process, int64_t deadline)
{
	const struct timespec tick = { .tv_nsec = TICK * 1000000L };

	if (deadline == INT64_MAX && !process->ended)
		wait_for(process);
	while (!process->ended) {
		pid_t got = waitpid(process->pid, &process->status, WNOHANG);

		if (got < 0)
			process->status = PROCESS_LOST;
		if (got)
			process->ended = true;
		else if (process_clock() >= deadline)
			return false;
		else
			nanosleep(&tick, NULL);
	}
	return true;
}

void process_end(struct process *process)
{
	if (process->ended)
		return;
	kill(process->pid, SIGTERM);
	if (!process_wait(process, process_clock() + GRACE)) {
		kill(process->pid, SIGKILL);
		wait_for(process);
	}
}

static int give_birth(struct birth *birth, const char *path, char **env,
		      struct err *err)
{
	const struct child *child = birth->child;
	int number;

	/* it may print, or ask */
	progress_clear();
	number = spawn(birth, path, env);
	if (!number)
		return 0;
	errno = number;
	err_set_errno(err, "cannot run '%s'%s%s%s", path,
		      child->dir ? " in '" : "", child->dir ? child->dir : "",
		      child->dir ? "'" : "");
	if (number == ENOENT && !child->dir)
		err->code = D1_ENOTFOUND;
	return err->code;
}

int process_start(struct process *process, const struct child *child,
		  struct err *err)
{
	struct birth birth = { .process = process,
			       .child = child,
			       .theirs = { -1, -1, -1 } };
	char **env = NULL;
	char *path = NULL;

	*process = (struct process)PROCESS_INIT;
	if (child_find(&path, child->argv[0], err) < 0 ||
	    open_pipes(&birth, err) < 0)
		goto out;
	env = make_environment(child);
	if (env)
		(void)!give_birth(&birth, path, env, err);
	else
		err_set_nomem(err);
out:
	for (int i = 0; i < PROCESS_PIPES; i++) {
		close_fd(&birth.theirs[i]);
		if (err->code)
			process_close(process, i);
	}
	free(env);
	free(path);
	return err->code;
}

int process_result(const struct process *process, const char *name,
		   struct child_result *result, struct err *err)
{
	*result = (struct child_result){ .status = -1 };
	if (process->status == PROCESS_LOST)
		return err_set(err, D1_ERROR, "cannot tell how '%s' ended",
			       name);
	if (WIFEXITED(process->status))
		result->status = WEXITSTATUS(process->status);
	else if (WIFSIGNALED(process->status))
		result->signal = WTERMSIG(process->status);
	return 0;
}
