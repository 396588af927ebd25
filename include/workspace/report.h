/*
 * What a person reads on standard error, and the exit code that goes with it.
 *
 * Whatever a message holds (names and values out of a database, replies of a
 * server), it cannot drive the terminal or pretend to be another message:
 * control characters, bidirectional controls and bytes that are not UTF-8 are
 * shown as \ooo, and a second line is indented under the first.
 */
#ifndef WORKSPACE_REPORT_H
#define WORKSPACE_REPORT_H

#include "util/compiler.h"
#include "util/err.h"

/* The exit codes of every command, as git-d1(1) promises them. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_DIFFERENT = 1, /* differences, and they were asked about */
	EXIT_CONFLICT = 2,  /* nothing was written */
	EXIT_REFUSED = 3,   /* by policy */
	EXIT_AUTH = 4,	    /* authentication or permission */
	EXIT_UNREACHABLE = 5,
	EXIT_UNPLANNED = 6, /* written, but not as planned */
	EXIT_FATAL = 128,   /* any other failure */
	EXIT_USAGE = 129,
};

/* The exit code for what a command's run() returned. */
int report_exit_code(int result);

/*
 * Prints the error in `err` and its hints, one a line. The prefix is "fatal: "
 * if the exit code is 128 and "error: " else. Does nothing if there is none.
 */
void report_error(const struct err *err);

/* Prints the error in `err` as a warning: the work goes on without. */
void report_warning_err(const struct err *err);

void report_warning(const char *format, ...) PRINTF_LIKE(1, 2);

/* Prints a line that says by itself what it is. */
void report_line(const char *text);

/* The same on standard output, for a message that was asked for. */
void report_output(const char *text);

void report_hint(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
