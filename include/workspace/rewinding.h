/*
 * Time Travel: making a remote database what it was, which loses all that was
 * written since.
 */
#ifndef WORKSPACE_REWINDING_H
#define WORKSPACE_REWINDING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "apply/journal.h"
#include "util/err.h"
#include "workspace/side.h"
#include "workspace/workspace.h"

struct rewinding {
	/* what is asked for; borrowed */
	struct workspace *workspace;
	const char *command;  /* for the journal */
	const char *database; /* as it was given; NULL: it was not */
	const char *point;    /* a bookmark, or a time */
	/* the bookmark that the present must have; NULL: any. With it, what
	   would be lost is known, and is not shown. */
	const char *expected;
	bool dry_run;
	bool deploys;	/* a protected database, too */
	bool consented; /* to this target, a moment ago */
	FILE *out;

	/* its own */
	struct side side;
	char *target; /* what the journal calls the database */
	struct journal *journal;
	struct journal_entries entries;
	char *present; /* bookmarks */
	char *wanted;
	bool has_time;
	int64_t time; /* of `wanted`, microseconds since 1970; if it is known */
	char id[JOURNAL_ID_SIZE]; /* of the journal's entry */
	bool unknown;		  /* nobody knows whether it was restored */
};

/*
 * Shows what is known of what would be lost, on standard error, asks for the
 * consent that is missing, and goes back. Nothing of it is open afterwards.
 * D1_ECONFLICT if the present is not the expected one.
 */
int rewinding_run(struct rewinding *rewinding, struct err *err) MUST_CHECK;

#endif
