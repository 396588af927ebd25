/* How commits are shown to people, and what they did to rows. */
#ifndef WORKSPACE_COMMITS_H
#define WORKSPACE_COMMITS_H

#include <stdint.h>
#include <stdio.h>

#include "git/history.h"
#include "util/buf.h"
#include "workspace/comparing.h"

/* Appends what somebody wrote, so that it cannot drive a terminal. */
void commits_add_safe(struct buf *out, const char *text, size_t size);

/* "2026-11-21", in the zone of `offset` minutes. */
void commits_add_day(struct buf *out, int64_t time, int offset);

/* "Sat, 21 Nov 2026 15:00:00 +0000", as RFC 5322 has it for mails. */
void commits_add_mail_date(struct buf *out, int64_t time, int offset);

/*
 * Writes the commit as `git log` does: its id, who and when, and the message
 * indented; with `oneline` the beginning of the id and the title. The view
 * tells the colour.
 */
int commits_show(const struct history_commit *commit, const struct view *view,
		 bool oneline, FILE *out, struct err *err) MUST_CHECK;

/* What a commit is compared with another for. All of it is borrowed. */
struct commit_comparison {
	struct workspace *workspace;
	const struct repository *repository;
	const char *database; /* logical name; NULL: unknown */
	const char *folder;   /* of the snapshots, from the top of the tree */
	struct view *view;
	const struct option_words *tables; /* empty: all */
	const struct key_values *key;	   /* NULL: every row */
};

/*
 * Opens the snapshot in the commit; a commit that has none there, or NULL,
 * holds no rows. `label` is what messages call it.
 */
int commits_open(const struct commit_comparison *comparison,
		 struct source **source, const char *id, const char *label,
		 struct err *err) MUST_CHECK;

/*
 * Compares the snapshots of two commits, and writes what the view shows to
 * `out`. `from` may be NULL, as for commits_open(). *result is what came out.
 */
int commits_compare(const struct commit_comparison *comparison,
		    const char *from, const char *to, FILE *out,
		    struct comparison_result *result,
		    struct err *err) MUST_CHECK;

#endif
