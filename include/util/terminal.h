/*
 * What the terminal can show: colours as git understands them, and width.
 *
 * Configuration values come from the caller as git gives them: NULL is a key
 * that is not set.
 */
#ifndef UTIL_TERMINAL_H
#define UTIL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"
#include "util/err.h"

/* What the command line says; in the order of terminal_color_words. */
enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
	COLOR_UNSET, /* neither --color nor --no-color was given */
};

/* "auto", "always", "never", NULL: the choices of --color=<when>. */
extern const char *const terminal_color_words[];

/* The values of git's configuration that decide about colour. */
struct color_config {
	const char *command; /* color.d1, which goes before ... */
	const char *ui;	     /* ... color.ui */
	const char *pager;   /* color.pager: colour through a pager too? */
};

/*
 * Sets *wanted: shall standard output be coloured? As git decides: the command
 * line, then the configuration, then "auto", which means that standard output
 * is a terminal that is not dumb, or git's or our pager. Errors: D1_ERROR for
 * a value that is neither a boolean nor auto, always, never.
 */
int terminal_color_wanted(bool *wanted, enum color_when when,
			  const struct color_config *config,
			  struct err *err) MUST_CHECK;

/* Room for any escape sequence that color_parse() makes, NUL included. */
#define COLOR_SIZE 80

/*
 * Turns a colour as git's configuration has it ("bold red", "yellow 238",
 * "#ff00aa ul", "nobold normal blue", "reset") into the escape sequence that
 * switches it on; "" for an empty or "normal" value. Errors: D1_ERROR.
 */
int color_parse(char sequence[COLOR_SIZE], const char *value,
		struct err *err) MUST_CHECK;

/* Switches every colour and attribute off. */
#define COLOR_RESET "\033[m"

/*
 * The columns of the terminal: COLUMNS, else what the terminal says, else 80.
 */
int terminal_width(void);

#endif
