#include "config.h"

#include "cmd/view.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/report.h"
#include "util/pager.h"

const char *const view_json_words[] = { "", "document", "lines", NULL };

int view_check(const struct view_options *options, struct err *err)
{
	int formats = options->stat + options->numstat + options->shortstat +
		      options->name_only + options->name_status +
		      options->summary + (options->json != JSON_NONE);

	if (formats > 1)
		return err_set(err, D1_EUSAGE,
			       "only one of --stat, --numstat, "
			       "--shortstat, --name-only, --name-status, "
			       "--summary and --json can be given");
	if (options->nul && !options->numstat && !options->name_only &&
	    !options->name_status)
		return err_set(err, D1_EUSAGE,
			       "-z needs --numstat, "
			       "--name-only or --name-status");
	return 0;
}

int view_prepare(struct view *view, const struct view_options *options,
		 struct workspace *workspace, struct err *err)
{
	memset(view, 0, sizeof(*view));
	view->options = options;
	view->shown = isatty(STDOUT_FILENO) || pager_in_use();
	/* two files in a pipe need no word of git's */
	if ((view->shown || options->color != COLOR_UNSET) &&
	    workspace_git(workspace, err) < 0)
		return err->code;
	return colors_load(&view->colors, (enum color_when)options->color,
			   &workspace->git, err);
}

void view_begin_pager(const struct view *view, struct workspace *workspace)
{
	struct err err = ERR_INIT;

	if (view->options->no_pager || view->quiet || !isatty(STDOUT_FILENO))
		return;
	if (pager_begin(git_config_get(&workspace->git, "core.pager"), &err) <
	    0)
		report_warning_err(&err);
}

void view_fill(const struct view *view, struct render_options *render)
{
	*render = (struct render_options){
		.out = stdout,
		.colors = colors_for_render(&view->colors),
		.context = (unsigned)view->options->context,
		.width = (unsigned)terminal_width(),
		.full_row = view->options->full_row,
		.abbrev = view->shown && !view->options->no_abbrev,
		.nul = view->options->nul,
	};
}

int view_open(struct renderer **renderer, const struct view *view,
	      const struct render_options *render, struct err *err)
{
	const struct view_options *options = view->options;

	if (view->quiet)
		return quiet_open(renderer, render, err);
	if (options->stat)
		return stat_open(renderer, STAT_GRAPH, render, err);
	if (options->numstat)
		return stat_open(renderer, STAT_NUMBERS, render, err);
	if (options->shortstat)
		return stat_open(renderer, STAT_SHORT, render, err);
	if (options->name_only || options->name_status)
		return names_open(renderer, options->name_status, render, err);
	if (options->summary)
		return summary_open(renderer, render, err);
	if (options->json != JSON_NONE)
		return json_open(renderer, options->json == JSON_LINES, render,
				 err);
	return review_open(renderer, render, err);
}

bool view_shows_values(const struct view *view)
{
	const struct view_options *options = view->options;

	return !view->quiet && !options->stat && !options->numstat &&
	       !options->shortstat && !options->name_only &&
	       !options->name_status && !options->summary &&
	       options->json == JSON_NONE;
}

bool view_shows_reasons(const struct view *view)
{
	return view_shows_values(view) ||
	       (view->options->json == JSON_DOCUMENT && !view->quiet);
}
