/*
 * Looks whether a remote database holds the rows of a plan as they were before
 * it, or as they are to be after it: for what a write has come to, and which
 * row was in its way. Nothing is written, and few rows come over the wire.
 */
#ifndef APPLY_ROWLOOK_H
#define APPLY_ROWLOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/plan.h"
#include "cf/d1.h"
#include "util/buf.h"

enum { ROWLOOK_FINDINGS = 20 };

/* A row that is not as expected. */
struct rowlook_finding {
	const struct plan_entry *entry;
	enum change_op op;
	uint64_t n; /* among the changes of that kind */
	bool keyed; /* else it was counted */
	bool there; /* a row with its key is there */
};

struct rowlook {
	struct plan *plan;
	struct d1_client *client;
	const char *database_id;
	uint64_t asked;	    /* rows that were looked for */
	uint64_t unasked;   /* without a key, or too long for a question */
	uint64_t different; /* not as expected: at least so many */
	struct rowlook_finding findings[ROWLOOK_FINDINGS];
	size_t nfindings;
	uint64_t fitting; /* as expected */
};

void rowlook_init(struct rowlook *look, struct plan *plan,
		  struct d1_client *client, const char *database_id);

/* Looks for all rows as they are on that side: OLD or NEW. */
int rowlook_all(struct rowlook *look, int side, struct err *err) MUST_CHECK;

/* Finds out which of the findings have a row with their key. */
int rowlook_explain(struct rowlook *look, struct err *err) MUST_CHECK;

/* Appends "table 't', row a=1" for a finding. */
int rowlook_add_name(struct buf *text, const struct rowlook_finding *finding,
		     struct err *err) MUST_CHECK;

/* Appends what the row holds, and what it should, as row_found_add() does. */
int rowlook_add_found(struct buf *text, const struct rowlook *look,
		      const struct rowlook_finding *finding,
		      struct err *err) MUST_CHECK;

#endif
