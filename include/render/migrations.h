/* What `git d1 migrations status` found out, and the forms it is written in. */
#ifndef RENDER_MIGRATIONS_H
#define RENDER_MIGRATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "migrate/drift.h"
#include "util/err.h"

/* One database, or a snapshot. All is borrowed. */
struct migrations_entry {
	const char *label;   /* the endpoint: "shop/remote" */
	const char *message; /* why nobody could look at it; NULL: it was */
	const char *hint;    /* what to do about that, in lines; or NULL */
	bool is_absent;	     /* a local database that is not there yet */
	/* if it was looked at */
	const struct migrations *migrations;
	const struct ledger *ledger; /* NULL: a snapshot */
	const struct drift *drift;
};

/* True if something is pending or has drifted, or could not be compared. */
bool migrations_entry_drifted(const struct migrations_entry *entry);

/*
 * Each writes the entries to `out`. A write error is found by whoever owns the
 * stream; D1_ENOMEM and a text that is too long are the errors here.
 */
int migrations_write_text(FILE *out, const struct migrations_entry *entries,
			  size_t count, struct err *err) MUST_CHECK;

/* --porcelain; with `nul` lines end with NUL, and nothing is quoted. */
int migrations_write_porcelain(FILE *out,
			       const struct migrations_entry *entries,
			       size_t count, bool nul,
			       struct err *err) MUST_CHECK;
int migrations_write_json(FILE *out, const struct migrations_entry *entries,
			  size_t count, struct err *err) MUST_CHECK;

#endif
