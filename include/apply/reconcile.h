/*
 * What of the differences between two databases is written to which of them.
 *
 * With a base, rows and cells that one side changed are taken to the other,
 * what both changed alike is no matter, and what both changed differently is a
 * conflict, which a policy may decide (diff/merge.h). Without one, nobody can
 * tell who changed a row, unless one side is known to be behind the other one,
 * from which it is written then: else its bucket and the policy decide
 * (diff/policy.h). A table that the base lacks has none.
 *
 * The differences are those of a comparison, kept in changes. So the base is
 * read once, in the order of its key, and no row is asked for again.
 */
#ifndef APPLY_RECONCILE_H
#define APPLY_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/rowconflict.h"
#include "diff/policy.h"
#include "source/source.h"
#include "util/err.h"

/* What came out, in rows. */
struct reconcile_counts {
	uint64_t conflicts;
	/* what stays different, by the side that has what the other lacks */
	uint64_t only[2];      /* no base: rows that it alone has */
	uint64_t newer[2];     /* that it changed, or whose time says so */
	uint64_t different;    /* nobody can tell whose are newer */
	uint64_t without_base; /* tables with differences, and no base */
};

struct reconciliation {
	struct changes *differences;
	const char *labels[2];	    /* what messages call OLD and NEW */
	struct source *definitions; /* a database that knows the defaults */
	struct source *base;	    /* NULL: there is none */
	/* whether the base counts for a table; NULL: for all that it has */
	bool (*based)(void *context, const char *table);
	/* how a side is written, as a target; the other one is the source */
	enum policy policies[2];
	bool deletes; /* rows that the target alone has, if there is no base */
	bool slice;   /* not all rows were compared: none is deleted */
	/* take what is to be written to OLD, to NEW; NULL: it is not written.
	   If neither is, nothing is a conflict, but may be `common`. */
	struct changes *writes[2];
	/*
	 * Take what the rows that NEW held when it was compared must become to
	 * be what both sides have in common when all is written: where they
	 * hold the same then, that; else what the base held. And to be what
	 * OLD holds then. NULL: nobody wants to know.
	 */
	struct changes *common;
	struct changes *old_after;
	/* is told of each conflict; an error ends it */
	int (*conflict)(void *context, const struct row_conflict *conflict,
			struct err *err);
	void *context;
	struct reconcile_counts counts; /* what came out; zero before */
};

/*
 * Decides about all differences. What is to be written stands in the lists
 * then, table by table in the order of the differences; if there are conflicts,
 * nothing of it should be.
 */
int reconcile(struct reconciliation *self, struct err *err) MUST_CHECK;

#endif
