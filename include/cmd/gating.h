/*
 * The gate as a command: which checks are made of which databases, and the
 * forms that the report is written in.
 */
#ifndef CMD_GATING_H
#define CMD_GATING_H

#include <stdbool.h>

#include "cmd/command.h"
#include "util/err.h"
#include "util/option.h"
#include "workspace/colors.h"
#include "workspace/workspace.h"

/* What a kind of finding does to the verdict. */
enum gating_tolerance { GATING_FAIL, GATING_OK };
extern const char *const gating_tolerance_words[];

/* The options of `git d1 check`, and of commands that make some checks. */
struct gating_options {
	bool offline, json, show_values;
	int color;
	int pending, losses; /* of enum gating_tolerance */
	const char *from;
	const char *base;
	const char *only; /* names with commas between them; NULL: all */
	const char *junit;
	const char *markdown;
	const char *code_quality;
	struct workspace_options workspace;
};

/* Those that both have, after their own. */
#define GATING_OPTIONS \
	OPTION_FLAG(0, "show-values", struct gating_options, show_values, \
		    "show values of rows that differ, not only their keys"), \
		OPTION_FLAG(0, "json", struct gating_options, json, \
			    "write one JSON document"), \
		OPTION_STRING(0, "junit", struct gating_options, junit, \
			      "file", "also write a JUnit report"), \
		OPTION_CHOICE_NEGATABLE(0, "color", struct gating_options, \
					color, "when", terminal_color_words, \
					COLOR_ALWAYS, COLOR_NEVER, \
					"color the verdicts"), \
		WORKSPACE_OPTIONS(struct gating_options, workspace.)

/*
 * Makes the checks of the databases that are named, of all if none is, and
 * writes the report. For struct command; its options are the struct above.
 */
int gating_run(const struct invocation *call, struct err *err) MUST_CHECK;

#endif
