/*
 * Output in GitHub Actions, where the log is read for commands: a line that
 * begins with `::`, or holds `##[`, would be one, and a value of a database
 * may hold either. Between a stop-commands line and its token nothing is
 * (https://docs.github.com/actions, "Stopping and starting workflow commands").
 */
#ifndef WORKSPACE_ACTIONS_H
#define WORKSPACE_ACTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "util/err.h"

/* A token that nobody could put into a value; empty outside of Actions. */
struct actions_guard {
	char token[33];
};

/*
 * Writes the line that stops commands, if this runs in GitHub Actions and
 * `out` is not a file of its own.
 */
int actions_guard_begin(struct actions_guard *guard, FILE *out,
			struct err *err) MUST_CHECK;

/* Writes the line that lets commands through again. */
void actions_guard_end(struct actions_guard *guard, FILE *out);

#endif
