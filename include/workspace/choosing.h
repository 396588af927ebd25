/*
 * Choosing among changes, as `git add -p` lets one choose hunks: each is shown,
 * and a person says whether it is to be made. Nothing is read or written but
 * the changes; no database needs to be open meanwhile.
 */
#ifndef WORKSPACE_CHOOSING_H
#define WORKSPACE_CHOOSING_H

#include <stdbool.h>
#include <stdio.h>

#include "apply/changes.h"
#include "render/render.h"
#include "workspace/colors.h"

/* What is asked for. All of it is borrowed. */
struct choosing {
	struct changes *changes; /* one hunk each */
	struct changes *chosen;	 /* takes those that are wanted */
	const char *verb;	 /* "apply", in the questions */
	/* how hunks are shown; out, colors and abbrev are not used */
	const struct render_options *render;
	const struct diff_colors *colors;
	FILE *in;  /* answers: a line each */
	FILE *out; /* questions */
	/* what came out */
	bool quit; /* the person has had enough, or the answers ended */
};

/*
 * Asks. What is undecided at the end is not wanted; the end of the answers is
 * as if q was said.
 */
int choosing_run(struct choosing *asked, struct err *err) MUST_CHECK;

#endif
