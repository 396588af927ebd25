/*
 * The comparison of two sources: a merge of rows in key order.
 *
 * Memory does not grow with the tables. A side that delivers rows out of order
 * is an error, never a false difference. A table that cannot be compared is
 * told to the sink with its reason and counted; the others are compared. What
 * fails after a table's first row ends the comparison.
 *
 * Where one side alone has a partial schema, only its tables are compared: of
 * the others it says nothing. These are counted, and not told to the sink.
 */
#ifndef DIFF_COMPARE_H
#define DIFF_COMPARE_H

#include "diff/change.h"
#include "source/source.h"

/* What to compare, and by which rules. All of it is borrowed. */
struct comparison {
	struct source *sources[2]; /* OLD and NEW */
	/* names that messages give to the sides: "shop/remote" */
	const char *labels[2];
	/* the rules of a table, valid until the next call */
	int (*rules)(void *context, const char *table,
		     const struct pair_rules **rules, struct err *err);
	/* whether a table is compared at all */
	bool (*wanted)(void *context, const char *table);
	void *context;
	const char *where;	       /* SQL expression, or NULL */
	const struct value *only;      /* key values, or NULL */
	const struct value *only_text; /* the same for columns of text */
	size_t nonly;
	/*
	 * Told of a table, or columns of it, that are not compared. Derived
	 * objects are not told.
	 */
	void (*notice)(void *context, const char *table, const char *reason);
};

/* What came out. */
struct comparison_result {
	uint64_t compared;     /* tables */
	uint64_t not_compared; /* tables that should have been */
	char remedy[512];      /* what to do about the first of these */
	uint64_t unchanged;    /* equal rows */
	uint64_t differences;  /* changed rows that were told */
	/* differences beyond rows: a table or column on one side only */
	uint64_t schema_differences;
	/* wanted tables that the one partial side does not have */
	uint64_t untracked;
	char untracked_names[512]; /* with commas between them, cut by "..." */
};

/* The one side whose schema is partial while the other's is not; -1: none. */
int compare_partial_side(const struct schema *const schemas[2]);

int compare_sources(const struct comparison *comparison,
		    struct change_sink *sink, struct comparison_result *result,
		    struct err *err) MUST_CHECK;

#endif
