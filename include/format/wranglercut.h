/*
 * How wrangler cuts an SQL text into statements before it runs them on a local
 * database: `wrangler d1 migrations apply --local` and `d1 execute --local`.
 *
 * Since 4.137 it does so as SQLite does. Before, it left comments out without a
 * blank in their place, knew no [names], and kept together what stands between
 * the words BEGIN or CASE and END, if it saw them: with a blank on both sides,
 * and until 4.123 END in capitals only. What it keeps together by mistake runs
 * all the same, as one text; what it cuts apart does not.
 */
#ifndef FORMAT_WRANGLERCUT_H
#define FORMAT_WRANGLERCUT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum wranglercut {
	WRANGLERCUT_RIGHT,
	WRANGLERCUT_JOINED, /* with the statement behind it */
	WRANGLERCUT_WRONG,  /* cut apart, or changed */
};

/*
 * Tells what becomes of a statement, without the `;` at its end, that stands
 * in a file: the worst that any wrangler of the 4th version does.
 */
int wranglercut_check(enum wranglercut *cut, const char *sql, size_t size,
		      struct err *err) MUST_CHECK;

/*
 * True if there is nothing in the statement that any wrangler stumbles over, so
 * that it is right: that is told at a glance, and of nearly all of them.
 */
bool wranglercut_is_plain(const char *sql, size_t size);

/*
 * Where the text has BEGIN TRANSACTION in these letters, be it in a literal or
 * in a comment; NULL: nowhere. Every wrangler takes it, up to a `;`, for what
 * `.dump` writes, and leaves out the first one, or refuses the text.
 */
const char *wranglercut_find_transaction(const char *sql, size_t size);

#endif
