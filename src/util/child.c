#include "config.h"

#include "util/child.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/process.h"

struct running {
	const struct child *child;
	struct process process;
	size_t written;	  /* of the input */
	int64_t deadline; /* on process_clock(), or INT64_MAX */
};

/* Writes what the pipe takes; a child that has stopped reading is no error. */
static void feed(struct running *run)
{
	const char *input = run->child->input;
	ssize_t sent =
		write(run->process.pipes[PROCESS_INPUT], input + run->written,
		      run->child->input_size - run->written);

	if (sent > 0)
		run->written += (size_t)sent;
	if (run->written == run->child->input_size ||
	    (sent < 0 && errno != EINTR && errno != EAGAIN))
		process_close(&run->process, PROCESS_INPUT);
}

/* Reads what the pipe holds; closes it at its end. */
static int drain(struct process *process, int pipe, struct buf *out,
		 const char *what, struct err *err)
{
	char piece[16 * 1024];
	ssize_t got = read(process->pipes[pipe], piece, sizeof(piece));

	if (got > 0) {
		buf_add(out, piece, (size_t)got);
		explicit_bzero(piece, (size_t)got);
		return buf_check(out, what, err);
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	process_close(process, pipe);
	return 0;
}

static bool has_open_pipe(const struct running *run)
{
	for (int i = 0; i < PROCESS_PIPES; i++) {
		if (run->process.pipes[i] >= 0)
			return true;
	}
	return false;
}

/* How long poll() may sleep. */
static int time_left(const struct running *run)
{
	int64_t left = run->deadline - process_clock();

	if (run->deadline == INT64_MAX)
		return -1;
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* One round of waiting for the pipes and moving what they have. */
static int exchange(struct running *run, struct err *err)
{
	struct process *process = &run->process;
	struct pollfd fds[PROCESS_PIPES];
	int result = 0;

	for (int i = 0; i < PROCESS_PIPES; i++) {
		fds[i].fd = process->pipes[i];
		fds[i].events = i == PROCESS_INPUT ? POLLOUT : POLLIN;
		fds[i].revents = 0;
	}
	if (poll(fds, PROCESS_PIPES, time_left(run)) < 0)
		return errno == EINTR ? 0 : err_set_errno(err, "cannot poll");
	if (fds[PROCESS_INPUT].revents)
		feed(run);
	if (fds[PROCESS_OUTPUT].revents)
		result = drain(process, PROCESS_OUTPUT, run->child->output,
			       "its output", err);
	if (!result && fds[PROCESS_ERRORS].revents)
		result = drain(process, PROCESS_ERRORS, run->child->errors,
			       "its standard error", err);
	return result;
}

/* Moves data until all pipes are closed and the child has ended. */
static int follow(struct running *run, struct err *err)
{
	const char *name = run->child->argv[0];
	int result = 0;

	while (!result && has_open_pipe(run) && process_clock() < run->deadline)
		result = exchange(run, err);
	if (result) {
		process_end(&run->process);
		return err_context(err, "cannot run '%s'", name);
	}
	/*
	 * A pipe that is open past the deadline may be held by a process that
	 * the child left behind; what counts is whether the child is done.
	 */
	if (process_wait(&run->process, run->deadline))
		return 0;
	process_end(&run->process);
	return err_set(err, D1_ERROR, "'%s' did not end within %d.%03d seconds",
		       name, run->child->timeout / 1000,
		       run->child->timeout % 1000);
}

int child_run(const struct child *child, struct child_result *result,
	      struct err *err)
{
	struct running run = { .child = child, .deadline = INT64_MAX };
	struct process_sigpipe held;
	int code;

	*result = (struct child_result){ .status = -1 };
	if (child->timeout)
		run.deadline = process_clock() + child->timeout;
	process_hold_sigpipe(&held);
	code = process_start(&run.process, child, err);
	if (!code)
		code = follow(&run, err);
	for (int i = 0; i < PROCESS_PIPES; i++)
		process_close(&run.process, i);
	process_release_sigpipe(&held);
	if (code)
		return code;
	return process_result(&run.process, child->argv[0], result, err);
}
