/* The colours of a diff, and of states, as the user's git shows them. */
#ifndef WORKSPACE_COLORS_H
#define WORKSPACE_COLORS_H

#include "git/config.h"
#include "render/render.h"
#include "util/terminal.h"

/* Escape sequences, and the names under which renderers know them. */
struct diff_colors {
	char commit[COLOR_SIZE];
	char meta[COLOR_SIZE];
	char frag[COLOR_SIZE];
	char func[COLOR_SIZE];
	char context[COLOR_SIZE];
	char old_text[COLOR_SIZE];
	char new_text[COLOR_SIZE];
	/* of dialogues (color.interactive.*) */
	char prompt[COLOR_SIZE];
	char prompt_help[COLOR_SIZE];
	char prompt_error[COLOR_SIZE];
	bool wanted;
};

/*
 * Decides by --color, color.d1 and color.ui whether there is colour, and reads
 * color.diff.*, so that the output looks like that of `git diff`.
 */
int colors_load(struct diff_colors *colors, enum color_when when,
		const struct git_config *git, struct err *err) MUST_CHECK;

/* Sequences for a renderer; borrowed from `colors`. */
struct render_colors colors_for_render(const struct diff_colors *colors);

/* The colours of states, as the user's `git status` shows them. */
struct state_colors {
	char header[COLOR_SIZE];
	char good[COLOR_SIZE];
	char bad[COLOR_SIZE];
	const char *reset;
};

/* The same for these, from color.status.*; all are "" without colour. */
int colors_load_states(struct state_colors *colors, enum color_when when,
		       const struct git_config *git,
		       struct err *err) MUST_CHECK;

#endif
