/*
 * Child processes: no shell, no surprises from the current directory.
 */
#ifndef UTIL_CHILD_H
#define UTIL_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* What to run. Everything is borrowed for the call. */
struct child {
	/*
	 * The program and its arguments; NULL ends them. A program without a
	 * slash is looked for in the absolute directories of PATH only: an
	 * empty or relative one would run what a repository brings along.
	 */
	const char *const *argv;
	const char *dir; /* where to run it; NULL: here */

	/*
	 * "NAME=VALUE" to set and "NAME" to remove, after `outside_repository`;
	 * NULL ends them, and may stand for none.
	 */
	const char *const *environment;

	/* Removes git's local variables, as for another repository. */
	bool outside_repository;

	bool inherit_input; /* our own standard input */
	const void *input;  /* else these bytes; NULL: an empty input */
	size_t input_size;

	struct buf *output;    /* takes standard output; NULL: goes to ours */
	bool output_to_errors; /* or to our standard error */
	struct buf *errors;    /* takes standard error; NULL: goes to ours */

	int timeout; /* in milliseconds; 0: none */
};

/* How it ended. */
struct child_result {
	int status; /* exit status, or -1 if a signal ended it */
	int signal; /* that signal, or 0 */
};

/*
 * Runs the child until it ends and its pipes are closed. 0 whatever its exit
 * status is. D1_ENOTFOUND if there is no such program; D1_ERROR if it cannot
 * be run, takes longer than the timeout, or writes more than a buffer takes
 * (then it is ended first).
 */
int child_run(const struct child *child, struct child_result *result,
	      struct err *err) MUST_CHECK;

/*
 * The file that would be run for `name`, in *path, which the caller frees.
 * D1_ENOTFOUND if there is none.
 */
int child_find(char **path, const char *name, struct err *err) MUST_CHECK;

#endif
