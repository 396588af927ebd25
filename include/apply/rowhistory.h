/*
 * Rows that differ between two databases, looked up in the history of a
 * commit: does a side's row, or its absence, equal some version of that row
 * that was committed? Then this side is behind, and nobody changed it since.
 *
 * History is the commit and all that lead to it, in each line of a merge; the
 * versions are the table's data file as these commits have it. Names of tables
 * and folders are not followed when they change.
 *
 *	A row is found again by its key, under the collations of the pair. It
 *	equals a version if all cells that both sides have are equal in type
 *	and bytes, but for generated columns. A column that the version lacks
 *	counts as its DEFAULT, if this is constant, as the NEW side defines it
 *	(the OLD one if the NEW one does not tell); one that it has besides
 *	does not count. Masks count as masks, under today's key: a version with
 *	masks in a column that is not masked today equals nothing.
 *
 *	Absence is a version: before a row's first commit, and after it was
 *	deleted.
 *
 *	Rows that no key tells apart are counted. What a side has is how many
 *	rows it holds that are equal in all their cells, and a version is how
 *	many of these a commit has: a side with 3 rows is behind if some
 *	version had just 3. A version that cannot be read as such rows (a
 *	column without constant default is lacking) has no count.
 *
 * Memory does not grow with the table: the questions wait outside memory, and
 * are answered some ten thousand at a time. For each such batch each version of
 * the file is read once at most, from the newest on, until all are answered;
 * the same contents in several commits are one version. Some 100 bytes are kept
 * of each version.
 */
#ifndef APPLY_ROWHISTORY_H
#define APPLY_ROWHISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/change.h"
#include "git/repository.h"
#include "util/err.h"

/* Where rows are looked up, and whose. All of it is borrowed. */
struct row_history_place {
	const struct repository *repository;
	const char *commit; /* id */
	/* the snapshot's folder, from the top of the tree, "" for that itself;
	 * and the name of the table in it */
	const char *folder;
	const char *table;
	/* not its history, but the commit's own version only */
	bool alone;
	/* the sides that are asked about */
	bool asked[2];
	/* is told of a version that is passed over since it cannot be read;
	 * NULL: nobody */
	void (*notice)(void *context, const char *commit, const char *reason);
	void *context;
};

enum row_past {
	ROW_NOT_ASKED,
	ROW_COMMITTED, /* the row, or its absence, is a version */
	ROW_CHANGED,   /* versions had the row, but none like this */
	ROW_FOREIGN,   /* no version had it, with whatever it held */
	ROW_TOO_SHORT, /* no version is like it, but older ones are not here */
};

/* What was found out about one change. */
struct row_answer {
	enum row_past past[2];
	/*
	 * The newest version, if it is ROW_COMMITTED: a number that grows with
	 * age. A row's absence is not looked for if the other side is not
	 * asked about: it was so before all versions.
	 */
	size_t versions[2];
};

struct row_history;

/* The pair is borrowed, too. */
int row_history_open(struct row_history **history,
		     const struct row_history_place *place,
		     const struct table_pair *pair, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void row_history_close(struct row_history *history);

/*
 * Asks about a change of the pair, as a comparison tells it. Changes of equal
 * rows, which only cells of one side tell apart, come one after another.
 */
int row_history_ask(struct row_history *history, const struct change *change,
		    struct err *err) MUST_CHECK;

/*
 * After the last question: the answers, in the order in which changes were
 * asked about; an error if there are no more of them.
 */
int row_history_answer(struct row_history *history, struct row_answer *answer,
		       struct err *err) MUST_CHECK;

/*
 * The same for who keeps the changes, those of equal rows as one
 * (changes_unite()): they have one answer.
 */
int row_history_answer_kept(struct row_history *history,
			    struct row_answer *answer,
			    struct err *err) MUST_CHECK;

/*
 * The id of the commit that has that version; NULL for what was before all of
 * them. It is valid until the next call.
 */
const char *row_history_commit(const struct row_history *history,
			       size_t version);

/*
 * Which side is behind the other, if both were asked about: ROW_ORDER_NONE if
 * both changed, or are of two lines of history, or if that cannot be told
 * because history is too short; ROW_ORDER_ALIKE if both equal one version.
 *
 * A side that equals a version is behind one that equals none; of two that do,
 * the one is behind whose newest version is an ancestor of the other's. A row
 * that no history had is newer than its absence.
 */
int row_history_order(struct row_history *history,
		      const struct row_answer *answer, enum row_order *order,
		      struct err *err) MUST_CHECK;

#endif
