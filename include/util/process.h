/*
 * A child process that runs beside us: what util/child.h is built on.
 */
#ifndef UTIL_PROCESS_H
#define UTIL_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/child.h"
#include "util/err.h"

/* The pipes, by the descriptors that they become in the child. */
enum { PROCESS_INPUT, PROCESS_OUTPUT, PROCESS_ERRORS, PROCESS_PIPES };

struct process {
	pid_t pid;
	int pipes[PROCESS_PIPES]; /* our ends, which do not block; or -1 */
	bool ended;		  /* waited for, `status` is set */
	int status;		  /* of waitpid(), or PROCESS_LOST */
};

/* No status that waitpid() makes. It fails if SIGCHLD is ignored. */
#define PROCESS_LOST (-1)

#define PROCESS_INIT \
	{ \
		.pipes = { -1, -1, -1 } \
	}

/* On a clock that nobody sets, in milliseconds. */
int64_t process_clock(void);

/*
 * Starts the child. It gets a pipe for each of input, output and errors that
 * `child` has. The errors are those of child_run().
 */
int process_start(struct process *process, const struct child *child,
		  struct err *err) MUST_CHECK;

/* What SIGPIPE did before it was held. */
struct process_sigpipe {
	sigset_t mask;
	bool pending; /* one was waiting already */
};

/*
 * Blocks SIGPIPE for this thread, so that writing to a child that has ended is
 * an error of write() and nothing else.
 */
void process_hold_sigpipe(struct process_sigpipe *held);
void process_release_sigpipe(const struct process_sigpipe *held);

/* Closes our end of a pipe, if it is open. */
void process_close(struct process *process, int pipe);

/*
 * Waits for the child until the deadline, on process_clock(); INT64_MAX is
 * none. True if it has ended.
 */
bool process_wait(struct process *process, int64_t deadline);

/* Ends a child that is not wanted any more, and waits for it. */
void process_end(struct process *process);

/* Tells how the child `name`, which was waited for, ended. */
int process_result(const struct process *process, const char *name,
		   struct child_result *result, struct err *err) MUST_CHECK;

#endif
