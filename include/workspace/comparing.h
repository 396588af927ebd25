/* Comparing two sides and showing how they differ. */
#ifndef WORKSPACE_COMPARING_H
#define WORKSPACE_COMPARING_H

#include <stdio.h>

#include "diff/compare.h"
#include "workspace/keyvalues.h"
#include "workspace/view.h"

/* What is compared. All of it is borrowed. */
struct comparing {
	struct workspace *workspace;
	struct side *sides; /* OLD and NEW */
	struct view *view;
	const struct option_words *tables; /* empty: all */
	const struct key_values *key;	   /* NULL: every row */
	const char *where;		   /* NULL: every row */
	/* makes the renderer, in place of what the view asks for; or NULL */
	int (*open)(struct renderer **renderer,
		    const struct render_options *options, void *context,
		    struct err *err);
	void *context; /* of open() */
	/* what came out */
	struct comparison_result result;
	int partial; /* side, see compare_partial_side() */
};

/*
 * Compares the sides and writes what the view shows to `out`. *same tells
 * whether both sides stood still meanwhile. One side may be a patch
 * (workspace/patchresult.h).
 */
int comparing_run(struct comparing *comparing, FILE *out, bool *same,
		  struct err *err) MUST_CHECK;

/* The same between sources that are open already. */
int comparing_sources(struct comparing *comparing,
		      struct source *const sources[2], FILE *out,
		      struct err *err) MUST_CHECK;

/* Tells a renderer's sink what differs, and notes it in comparing->result. */
typedef int comparing_find_fn(struct comparing *comparing, void *context,
			      struct change_sink *sink, struct err *err);

/* Writes what `find` tells as the view shows it. */
int comparing_show(struct comparing *comparing, FILE *out,
		   comparing_find_fn *find, void *context,
		   struct err *err) MUST_CHECK;

/* The settings of which database count: the new side's, if it is of one. */
const char *comparing_database(const struct comparing *comparing);

/* Notes in `total` the tables that could not be compared. */
void comparing_note_gaps(struct comparison_result *total,
			 const struct comparison_result *result);

/*
 * D1_ERROR if tables could not be compared: they must not look as if they did
 * not differ.
 */
int comparing_refuse_gaps(const struct comparison_result *result,
			  struct err *err) MUST_CHECK;

#endif
