/*
 * The ways to show differences, and their options: what diff, show and log
 * share.
 */
#ifndef WORKSPACE_VIEW_H
#define WORKSPACE_VIEW_H

#include <limits.h>
#include <stdbool.h>

#include "render/render.h"
#include "util/option.h"
#include "util/terminal.h"
#include "workspace/colors.h"
#include "workspace/workspace.h"

enum { JSON_NONE, JSON_DOCUMENT, JSON_LINES };

extern const char *const view_json_words[];
extern const char *const view_word_diff_words[];

enum { MARKDOWN_DEFAULT = 65536 }; /* what GitHub takes as a comment */

/* What the command line says. */
struct view_options {
	bool stat, numstat, shortstat, name_only, name_status, summary;
	int json;
	int word_diff;	    /* enum word_diff */
	long long markdown; /* bytes at most; 0: no Markdown */
	bool html;
	bool redact;
	bool full_row, no_abbrev, nul, no_pager;
	long long context;
	int color;
};

#define VIEW_DEFAULTS \
	{ \
		.context = 3, .color = COLOR_UNSET \
	}

/*
 * The options that fill it, for the table of a command. `member` is the struct
 * view_options within `structure` and a dot.
 */
#define VIEW_OPTIONS(structure, member) \
	OPTION_FLAG(0, "stat", structure, member stat, \
		    "show how many rows of each table differ"), \
		OPTION_FLAG(0, "numstat", structure, member numstat, \
			    "the same for programs"), \
		OPTION_FLAG(0, "shortstat", structure, member shortstat, \
			    "show the last line of --stat"), \
		OPTION_FLAG(0, "name-only", structure, member name_only, \
			    "show the names of tables that differ"), \
		OPTION_FLAG(0, "name-status", structure, member name_status, \
			    "show names, and whether a table is new or gone"), \
		OPTION_FLAG(0, "summary", structure, member summary, \
			    "show how many rows are on which side, or " \
			    "newer"), \
		OPTION_CHOICE_OPTIONAL(0, "json", structure, member json, \
				       "lines", view_json_words, \
				       JSON_DOCUMENT, \
				       "write JSON, or one change a line"), \
		OPTION_CHOICE_OPTIONAL(0, "word-diff", structure, \
				       member word_diff, "mode", \
				       view_word_diff_words, WORD_DIFF_PLAIN, \
				       "mark changed words: plain, color"), \
		OPTION_NUMBER_OPTIONAL(0, "markdown", structure, \
				       member markdown, "bytes", \
				       MARKDOWN_LEAST, MARKDOWN_MOST, \
				       MARKDOWN_DEFAULT, \
				       "write a comment for a pull request"), \
		OPTION_FLAG(0, "html", structure, member html, \
			    "write a page for a browser"), \
		OPTION_FLAG(0, "redact", structure, member redact, \
			    "show keys and names, but no values"), \
		OPTION_NUMBER('U', "unified", structure, member context, "n", \
			      0, INT_MAX, \
			      "show <n> lines around a change in a text"), \
		OPTION_FLAG(0, "full-row", structure, member full_row, \
			    "show unchanged columns too"), \
		OPTION_FLAG(0, "no-abbrev", structure, member no_abbrev, \
			    "show long values as a whole"), \
		OPTION_CHOICE_NEGATABLE(0, "color", structure, member color, \
					"when", terminal_color_words, \
					COLOR_ALWAYS, COLOR_NEVER, \
					"use colour"), \
		OPTION_FLAG(0, "no-pager", structure, member no_pager, \
			    "do not start a pager"), \
		OPTION_FLAG('z', NULL, structure, member nul, \
			    "end lines with NUL, and do not quote names")

/* D1_EUSAGE for options that exclude each other. */
int view_check(const struct view_options *options, struct err *err) MUST_CHECK;

/* How differences are shown in this run. */
struct view {
	const struct view_options *options;
	bool quiet;	    /* nothing is shown, and one difference is enough */
	bool silent;	    /* nothing is shown, but all is compared */
	bool with_database; /* named before each table: several are shown */
	struct diff_colors colors;
	bool shown; /* to a person, at a terminal or through a pager */
	/* what the next comparisons are part of; NULL: each stands alone */
	struct document *document;
};

/* True if one of the options asks for another form than the review text. */
bool view_is_chosen(const struct view_options *options);

/* True if the output is one text in a format of its own: JSON, Markdown, HTML.
 */
bool view_is_whole(const struct view *view);

/* Finds the colours. The options are borrowed. */
int view_prepare(struct view *view, const struct view_options *options,
		 struct workspace *workspace, struct err *err) MUST_CHECK;

/* Starts a pager, if it is wanted. */
void view_begin_pager(const struct view *view, struct workspace *workspace);

/*
 * Starts a pager if the output goes to a terminal. The work goes on without
 * one; why there is none is a warning.
 */
void view_start_pager(struct workspace *workspace);

/* The options of a renderer, but for what is compared. */
void view_fill(const struct view *view, struct render_options *render);

/*
 * Makes the document that the view is written as, and puts what is compared
 * from now on into it. Nothing happens if it is none, or is under way: then
 * *begun is false, and it is for others to end it.
 */
int view_begin_document(struct view *view, bool *begun,
			struct err *err) MUST_CHECK;

/* Writes the document to `out`, unless there was an error, and frees it. */
int view_end_document(struct view *view, FILE *out, struct err *err);

/*
 * Makes the renderer that the options ask for; the caller frees it. It is part
 * of the document if there is one.
 */
int view_open(struct renderer **renderer, const struct view *view,
	      const struct render_options *render, struct err *err) MUST_CHECK;

/* True for the review text, whose lines are made of a database's values. */
bool view_shows_values(const struct view *view);

/*
 * True if what was not compared, and why, is not to be said besides the output:
 * it is a part of that, or nothing is to be said.
 */
bool view_shows_reasons(const struct view *view);

#endif
