/*
 * New numbers for rows that both of two databases inserted under the same key
 * since they had something in common, and that are different rows.
 *
 * The row of NEW, which is a SQLite file, is given the next free number, and
 * whatever refers to it there by a foreign key is made to refer to that one; a
 * row whose own key is such a reference, or that was like one of OLD but for
 * whom it meant, moves along. OLD's row has the old number on both sides then.
 * So NEW holds all that it held, and each reference means the row that it
 * meant. It is then that the two can be reconciled (apply/reconcile.h): in
 * terms of NEW as it is to be, which renumber_compose() takes back to terms of
 * NEW as it is.
 *
 * References that no foreign key declares are not known and stay.
 */
#ifndef APPLY_RENUMBER_H
#define APPLY_RENUMBER_H

#include <stdbool.h>

#include "apply/changes.h"
#include "source/source.h"
#include "util/err.h"

/* What is asked for; all is borrowed until renumber_close(). */
struct renumbering {
	struct source *sources[2]; /* databases that answer source_select() */
	const char *labels[2];
	struct source *base; /* what they had in common */
	/* as in struct reconciliation */
	bool (*based)(void *context, const char *table);
	/* is told of a table whose rows keep their numbers, and why */
	void (*keeps)(void *context, const char *table, const char *reason);
	void *context;
};

struct renumber;

/*
 * Finds out which rows are to have another key. *differences, those between
 * the databases, are replaced by those to NEW as it is to be; *renumber is
 * NULL, and nothing else happens, if no row clashes that can be renumbered.
 * D1_EREFUSED for a reference that cannot be told to mean either row, or not
 * be written.
 */
int renumber_find(struct renumber **renumber, const struct renumbering *asked,
		  struct changes **differences, struct err *err) MUST_CHECK;

/* NULL is allowed. */
void renumber_close(struct renumber *renumber);

/* Is told of each row of NEW with another key. */
typedef int renumber_fn(void *context, const struct changed_table *table,
			const struct row *held, const struct row *wanted,
			struct err *err);
int renumber_each(struct renumber *renumber, renumber_fn *use, void *context,
		  struct err *err) MUST_CHECK;

/*
 * Replaces *list, changes of rows as NEW is to hold them, by changes of those
 * that it holds: those that renumber it, and these on top of them. With `all`
 * also of tables that are not in the list.
 */
int renumber_compose(struct renumber *renumber, struct changes **list, bool all,
		     struct err *err) MUST_CHECK;

/*
 * Within the transaction that writes NEW, before it is written: D1_ECONFLICT if
 * rows refer to renumbered ones that did not when they were read.
 */
int renumber_check(struct renumber *renumber, struct source *locked,
		   struct err *err) MUST_CHECK;

#endif
