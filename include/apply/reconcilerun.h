/* One table while it is reconciled (apply/reconcile.h), and its base. */
#ifndef APPLY_RECONCILERUN_H
#define APPLY_RECONCILERUN_H

#include "apply/reconcile.h"
#include "util/arena.h"

/* All of it is borrowed, or lives in the arena. */
struct reconcile_run {
	struct reconciliation *self;
	size_t place; /* among the tables of the differences */
	const struct changed_table *table;
	struct arena arena;
	/* ---- with a base ---- */
	struct scan scan;    /* of the base */
	const char **names;  /* of its cells */
	const char **merged; /* columns that are merged */
	size_t *places;	     /* of these, among the table's */
	size_t nmerged;
	const struct value **missing; /* what the base lacks, by place */
	bool keyed;		      /* the rows of this pass */
	struct changes_rows *rows[2]; /* of the differences */
	size_t *base_cells; /* of each merged column, in a row of the base */
	struct value *cells[2]; /* of the rows as they are to be */
	struct value *kept;	/* of a row that the base is to have */
	bool *conflicts;	/* of each cell of the table */
};

/* Finds out which columns are merged, and makes room for rows. */
int reconcile_choose_columns(struct reconcile_run *run,
			     struct err *err) MUST_CHECK;

/*
 * Describes the rows of the table in the base; *usable is false if it lacks
 * the key.
 */
int reconcile_describe_base(struct reconcile_run *run, const struct table *base,
			    bool *usable, struct err *err) MUST_CHECK;

/* Finds out what a row of the base has in columns that it lacks. */
int reconcile_find_missing(struct reconcile_run *run,
			   struct err *err) MUST_CHECK;

/* True if the cells of the row that are merged are those; both may be NULL. */
bool reconcile_is_like(const struct reconcile_run *run, const struct row *row,
		       const struct value *merged);

/*
 * Notes, for those who want to know, a row as it is on both sides when all is
 * written. `before` is how NEW held it, `base` how the base does, NULL: not at
 * all.
 */
int reconcile_note_row(struct reconcile_run *run, const struct row *before,
		       const struct row *const after[2], const struct row *base,
		       struct err *err) MUST_CHECK;

/*
 * The same of a row that stays as both sides hold it, where `common` was in
 * common: what one of them holds.
 */
int reconcile_note_left(struct reconcile_run *run,
			const struct row *const rows[2],
			const struct row *common, struct err *err) MUST_CHECK;

/* The same of equal rows without a key: how many. `base` is NULL without one.
 */
int reconcile_note_counts(struct reconcile_run *run, const struct row *row,
			  uint64_t before, const uint64_t after[2],
			  const uint64_t *base, struct err *err) MUST_CHECK;

#endif
