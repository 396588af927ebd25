/*
 * What brings a SQLite database to a snapshot, three ways: rows that only the
 * snapshot changed are written, rows that only the database changed stay, and
 * rows that both changed differently are conflicts. What both had in common
 * is the base, the snapshot that was last written into the database.
 *
 * Without a base nobody can tell who changed a row: each row that differs is
 * told. Masked columns are no part of that: updates do not touch them, inserts
 * take their placeholders.
 */
#ifndef APPLY_THREEWAY_H
#define APPLY_THREEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/rowconflict.h"
#include "diff/pair.h"
#include "source/source.h"
#include "util/err.h"

enum threeway_trouble {
	THREEWAY_CONFLICT, /* both changed the row */
	THREEWAY_DIFFERS,  /* there is no base */
};

/* A row that cannot be written; OLD is the database, NEW the snapshot. */
struct threeway_row {
	enum threeway_trouble trouble;
	struct row_conflict conflict;
};

struct threeway {
	struct source *ours;   /* the database, within a transaction */
	struct source *theirs; /* the snapshot */
	struct source *base;   /* NULL: there is none */
	const char *labels[2]; /* what messages call ours and theirs */
	bool theirs_win;       /* rows become exactly those of the snapshot */
	/* with theirs_win: placeholders replace values of rows that are there;
	   they are nobody's, but what a migration put there */
	bool masks_win;
	struct changes *changes; /* takes what is to be written */
	/* is told of what stands in the way; all is borrowed for the call */
	int (*trouble)(void *context, const struct threeway_row *row,
		       struct err *err);
	void *context;
};

/* What came out for a table. */
struct threeway_counts {
	uint64_t kept;	  /* changes of the database that stay */
	uint64_t trouble; /* rows that were told */
};

/*
 * Finds the changes of one table, which both sides have, and adds them to
 * `changes`. D1_EREFUSED if the database lacks columns of the snapshot,
 * D1_ERROR if the rows cannot be told apart.
 */
int threeway_table(const struct threeway *threeway, const char *table,
		   const struct pair_rules *rules,
		   struct threeway_counts *counts, struct err *err) MUST_CHECK;

/*
 * The rules by which such rows are compared, in *compared: those of the table,
 * with more columns to ignore. These are the masked ones, also those that the
 * snapshot's table `theirs` has as masks, and generated ones, which follow
 * from others. What they need lives in `arena`.
 */
int threeway_rules(struct pair_rules *compared, const struct pair_rules *rules,
		   const struct table *theirs, struct arena *arena,
		   struct err *err) MUST_CHECK;

#endif
