#include "config.h"

#include "workspace/view.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/pager.h"
#include "workspace/report.h"

const char *const view_json_words[] = { "", "document", "lines", NULL };

const char *const view_word_diff_words[] = { "none", "plain", "color", NULL };

static bool is_document(const struct view_options *options)
{
	return options->markdown > 0 || options->html;
}

static int count_forms(const struct view_options *options)
{
	return options->stat + options->numstat + options->shortstat +
	       options->name_only + options->name_status + options->summary +
	       (options->json != JSON_NONE) +
	       (options->word_diff != WORD_DIFF_NONE) +
	       (options->markdown > 0) + options->html;
}

bool view_is_chosen(const struct view_options *options)
{
	return count_forms(options) > 0;
}

bool view_is_whole(const struct view *view)
{
	return view->options->json != JSON_NONE || is_document(view->options);
}

int view_check(const struct view_options *options, struct err *err)
{
	if (count_forms(options) > 1)
		return err_set(err, D1_EUSAGE,
			       "only one of --stat, --numstat, --shortstat, "
			       "--name-only, --name-status, --summary, --json, "
			       "--word-diff, --markdown and --html can be "
			       "given");
	if (options->word_diff == WORD_DIFF_COLOR &&
	    options->color == COLOR_NEVER)
		return err_set(err, D1_EUSAGE,
			       "--word-diff=color shows nothing without "
			       "colour");
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
	enum color_when when = (enum color_when)options->color;

	memset(view, 0, sizeof(*view));
	view->options = options;
	if (options->word_diff == WORD_DIFF_COLOR)
		when = COLOR_ALWAYS;
	view->shown = isatty(STDOUT_FILENO) || pager_in_use();
	if (workspace_git(workspace, err) < 0)
		return err->code;
	return colors_load(&view->colors, when, &workspace->git, err);
}

void view_begin_pager(const struct view *view, struct workspace *workspace)
{
	if (!view->options->no_pager && !view->quiet)
		view_start_pager(workspace);
}

void view_start_pager(struct workspace *workspace)
{
	struct err err = ERR_INIT;

	if (!isatty(STDOUT_FILENO))
		return;
	if (workspace_git(workspace, &err) < 0 ||
	    pager_begin(git_config_get(&workspace->git, "core.pager"), &err) <
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
		.redact = view->options->redact,
		.word_diff = (enum word_diff)view->options->word_diff,
		.with_database = view->with_database,
	};
}

int view_begin_document(struct view *view, bool *begun, struct err *err)
{
	const struct view_options *options = view->options;

	*begun = !view->quiet && !view->silent && !view->document &&
		 is_document(options);
	if (!*begun)
		return 0;
	if (options->html)
		return html_open(&view->document, err);
	return markdown_open(&view->document, (size_t)options->markdown, err);
}

int view_end_document(struct view *view, FILE *out, struct err *err)
{
	if (!view->document)
		return err->code;
	if (!err->code)
		(void)!view->document->finish(view->document, out, err);
	view->document->free(view->document);
	view->document = NULL;
	return err->code;
}

int view_open(struct renderer **renderer, const struct view *view,
	      const struct render_options *render, struct err *err)
{
	const struct view_options *options = view->options;

	if (view->silent)
		return silent_open(renderer, render, err);
	if (view->quiet)
		return quiet_open(renderer, render, err);
	if (view->document)
		return view->document->open(view->document, renderer, render,
					    err);
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
	return !view->quiet && (!view_is_chosen(view->options) ||
				view->options->word_diff != WORD_DIFF_NONE);
}

bool view_shows_reasons(const struct view *view)
{
	return view->silent || view_shows_values(view) ||
	       (!view->quiet && (view->options->json == JSON_DOCUMENT ||
				 is_document(view->options)));
}
