/*
 * What a patch comes to on a database: the rows that its hunks are about are
 * read afresh, and what is as the patch has it before becomes a change.
 *
 * Rows are looked up by key, many at once; those without a key are counted in
 * one pass over their table.
 */
#ifndef APPLY_HUNKS_H
#define APPLY_HUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/hunkrow.h"
#include "diff/pair.h"
#include "format/patch.h"
#include "source/source.h"
#include "util/err.h"

/* A hunk that does not apply; all is borrowed for the call. */
struct hunk_failure {
	const struct patch_table *table;
	const struct patch_hunk *hunk;
	struct hunk_verdict verdict;
	/* of rows without a key: how many equal ones there are */
	uint64_t found;
};

/* What is asked. All of it is borrowed. */
struct hunks {
	const char *name; /* of the patch, for messages */
	struct source *source;
	const char *label; /* what messages call the source */
	/* the only database that the patch may name; NULL: it may name any */
	const char *database;
	struct changes *changes; /* takes what applies */
	bool reverse;		 /* from after to before */
	bool recount;		 /* the patch was edited: no hash is checked */
	/* see struct comparison */
	bool (*wanted)(void *context, const char *table);
	int (*rules)(void *context, const char *table,
		     const struct pair_rules **rules, struct err *err);
	void *context;
	/* tables that are passed over as if they were not there; NULL: none */
	bool (*skipped)(void *context, const char *table);
	bool merge; /* what does not apply as it is (apply/hunkmerge.h) */
	/*
	 * Opens a snapshot from before: `revision` is what the patch was made
	 * from, NULL if it does not say. *base stays the callee's; NULL: there
	 * is none. Not called without `merge`.
	 */
	int (*open_base)(void *context, const char *revision,
			 struct source **base, struct err *err);
	void *base_context;
	/* is told of each hunk that does not apply */
	int (*failed)(void *context, const struct hunk_failure *failure,
		      struct err *err);
	void *failed_context;
};

/* What came out: rows. */
struct hunk_counts {
	uint64_t hunks;
	uint64_t applies;
	uint64_t applied; /* as the patch wants them already */
	uint64_t merged;  /* of those that apply */
	uint64_t failed;
};

/*
 * Reads the patch to its end and adds what applies to the changes. A patch
 * that cannot be meant for this database is D1_EREFUSED, with file and line;
 * one that has two hunks about one row is D1_ERROR.
 */
int hunks_match(const struct hunks *hunks, struct patch *patch,
		struct hunk_counts *counts, struct err *err) MUST_CHECK;

#endif
