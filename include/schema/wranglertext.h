/*
 * A statement that reads the same for wrangler as for SQLite: where wrangler
 * would cut it in the wrong place (format/wranglercut.h), the words that lead
 * it astray are written otherwise, and mean the same.
 */
#ifndef SCHEMA_WRANGLERTEXT_H
#define SCHEMA_WRANGLERTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* What may still go wrong if wrangler runs a statement. */
struct wranglertext {
	bool is_joined;	     /* it, and what follows, is one statement then */
	const char *trouble; /* besides; NULL: nothing */
	const char *way_out;
};

/*
 * Appends the statement, which has no `;` at its end: as it stands, if wrangler
 * cuts it right; else with CASE, BEGIN and END in capitals and with blanks
 * around them, with blanks beside comments, and with names in double quotes.
 * What a view computes without a name is called as its text is, and stays.
 */
int wranglertext_add(struct buf *out, struct wranglertext *left,
		     const char *sql, size_t size, struct err *err) MUST_CHECK;

#endif
