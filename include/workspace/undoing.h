/* Taking back a write that the journal has noted. */
#ifndef WORKSPACE_UNDOING_H
#define WORKSPACE_UNDOING_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/journal.h"
#include "util/err.h"
#include "util/option.h"
#include "workspace/application.h"
#include "workspace/consent.h"
#include "workspace/side.h"
#include "workspace/workspace.h"

enum { UNDOING_TARGETS = 3 }; /* local, remote, preview */

struct undoing {
	/* what is asked for; borrowed */
	struct workspace *workspace;
	const char *to; /* an endpoint; NULL: none was given */
	bool list;	/* only show the entries */
	bool check;	/* only say whether it can be undone */
	bool merge;	/* into rows that were changed since */
	/* of a deploy: of a remote database, which may be protected; by Time
	   Travel if that is the way back */
	bool deploys;
	struct consent_options consent;
	struct application_manner manner;

	/* its own */
	const char *database; /* as it was given; NULL: it was not */
	const char *id;	      /* or its beginning; NULL: the newest */
	const char *bookmark; /* in place of an id; NULL: none */
	struct journal *journal;
	struct journal_entries entries;
	char *targets[UNDOING_TARGETS]; /* whose writes count */
	size_t ntargets;		/* 0: all */
	bool is_named;			/* the command line has the database */
	const struct journal_entry *entry;
	struct side side;
};

/*
 * The words are a database and an entry's id, each of which may be missing;
 * with `deploys` a bookmark may stand for the id.
 */
int undoing_run(struct undoing *undoing, const struct option_words *words,
		struct err *err) MUST_CHECK;

#endif
