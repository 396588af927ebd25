/*
 * Outputs of a comparison: one file each, behind one interface.
 *
 * A renderer is a sink of changes (diff/change.h) that writes to a stream.
 * What it writes is complete after finish(); a write error is found by whoever
 * owns the stream, when it is flushed.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "diff/change.h"

/* Escape sequences by what they colour, "" without colour. */
struct render_colors {
	const char *commit;
	const char *meta;
	const char *frag;
	const char *func;
	const char *context;
	const char *old_text;
	const char *new_text;
	const char *reset;
};

/* How the words of a changed value are marked in the review text. */
enum word_diff {
	WORD_DIFF_NONE,
	WORD_DIFF_PLAIN, /* [-old-]{+new+} */
	WORD_DIFF_COLOR,
};

/* All of it is borrowed while the renderer lives. */
struct render_options {
	FILE *out;
	const char *database;  /* logical name, NULL for two plain files */
	bool with_database;    /* before each name: several are shown */
	const char *labels[2]; /* "shop/remote", "old.sqlite" */
	int local_side;	       /* the side that buckets call local */
	struct render_colors colors;
	unsigned context; /* lines around a change inside a text */
	unsigned width;	  /* columns of the terminal, for --stat */
	bool full_row;	  /* unchanged cells too */
	bool abbrev;	  /* shorten hashes and long values */
	bool nul;	  /* -z: NUL ends records, names unquoted */
	bool redact;	  /* show keys and names, but no value */
	enum word_diff word_diff;
};

struct renderer {
	struct change_sink sink;
	/* writes what can only be written at the end; NULL if there is none */
	int (*finish)(struct renderer *renderer, struct err *err);
	void (*free)(struct renderer *renderer);
};

/* Each makes a renderer that the caller frees; D1_ENOMEM is the one error. */
int review_open(struct renderer **renderer,
		const struct render_options *options,
		struct err *err) MUST_CHECK;

enum stat_format {
	STAT_GRAPH,   /* --stat */
	STAT_NUMBERS, /* --numstat */
	STAT_SHORT,   /* --shortstat */
};

int stat_open(struct renderer **renderer, enum stat_format format,
	      const struct render_options *options, struct err *err) MUST_CHECK;

/* --name-only, or with the status letters of --name-status. */
int names_open(struct renderer **renderer, bool status,
	       const struct render_options *options,
	       struct err *err) MUST_CHECK;

/* --summary: the six buckets, table by table. */
int summary_open(struct renderer **renderer,
		 const struct render_options *options,
		 struct err *err) MUST_CHECK;

/* --json: one document; with `lines` one change a line, as it is found. */
int json_open(struct renderer **renderer, bool lines,
	      const struct render_options *options, struct err *err) MUST_CHECK;

/* --quiet: says nothing, and ends the comparison at the first difference. */
int quiet_open(struct renderer **renderer, const struct render_options *options,
	       struct err *err) MUST_CHECK;

/* Says nothing either, and lets the comparison go on to the end. */
int silent_open(struct renderer **renderer,
		const struct render_options *options,
		struct err *err) MUST_CHECK;

/*
 * What stands around the changes of one comparison or several, and can only be
 * written when all of them are known.
 */
struct document {
	/* makes the renderer of the next comparison, freed by the caller; it
	   does not write to options->out, but into the document */
	int (*open)(struct document *document, struct renderer **renderer,
		    const struct render_options *options, struct err *err);
	int (*finish)(struct document *document, FILE *out, struct err *err);
	void (*free)(struct document *document);
};

/*
 * --markdown: fits a comment on a pull request, of at most `max` bytes, which
 * are at least MARKDOWN_LEAST. Holds no more than that in memory.
 */
enum { MARKDOWN_LEAST = 4096, MARKDOWN_MOST = 1 << 28 };

int markdown_open(struct document **document, size_t max,
		  struct err *err) MUST_CHECK;

/* --html: one page, kept in a file outside memory until it is finished. */
int html_open(struct document **document, struct err *err) MUST_CHECK;

#endif
