/*
 * Whether the files of a snapshot are what git-d1 writes, each by itself and
 * together: a text merge, an editor or a bad clone leaves files that look well.
 *
 * Each file is read in one pass, and never run. One that refers to other
 * tables, or is out of order, is read once more.
 */
#ifndef APPLY_SNAPSHOT_CHECK_H
#define APPLY_SNAPSHOT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/problem.h"
#include "diff/pair.h"
#include "util/err.h"
#include "util/filetree.h"

/* What is checked, and who is told. All of it is borrowed. */
struct snapshot_checking {
	struct filetree *tree;
	/*
	 * The user's rules for a table, as in a comparison; NULL: there are
	 * none, and the head of each file is taken at its word.
	 */
	int (*rules)(void *context, const char *table,
		     const struct pair_rules **rules, struct err *err);
	/* Whether a table is to have a file; NULL: nobody misses one. */
	bool (*tracked)(void *context, const char *table);
	void (*tell)(void *context, const struct problem *problem);
	void *context;
	/*
	 * Constraints and foreign keys are not looked at, for which rows have
	 * to be loaded into a database: several times as fast.
	 */
	bool quick;
};

struct snapshot_findings {
	uint64_t problems; /* also those that were not told */
	uint64_t tables;
	uint64_t rows;
};

/*
 * Checks, and tells each problem:
 *
 *   - schema.sql and triggers.sql can be loaded, and are in normal form;
 *   - each data file is a file, is called like its table, and has a head that
 *     fits schema.sql and the rules: columns, key, masks;
 *   - each line is a row as git-d1 writes it, no conflict of a merge, in order,
 *     and no key stands twice;
 *   - the table takes the row: types, NOT NULL, UNIQUE, CHECK;
 *   - foreign keys point to a row, where the table that they refer to has a
 *     file whose rows are all taken;
 *   - no table that is tracked lacks its file.
 *
 * What is left out or masked is not checked, nor what refers to it. Files that
 * cannot be read are an error; D1_ENOTFOUND if there is no snapshot at all.
 */
int snapshot_check(const struct snapshot_checking *checking,
		   struct snapshot_findings *findings,
		   struct err *err) MUST_CHECK;

#endif
