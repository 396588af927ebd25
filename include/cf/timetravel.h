/*
 * Time Travel: a database at Cloudflare as it was at a bookmark. The present
 * bookmark is d1_bookmark() of cf/d1.h. The Local Explorer has no Time Travel:
 * D1_ENOTFOUND.
 */
#ifndef CF_TIMETRAVEL_H
#define CF_TIMETRAVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "cf/d1.h"
#include "util/err.h"

/*
 * True if the text is of the form of a bookmark: digits in hexadecimal, 8, 8, 8
 * and 32 of them, with dashes between. Those of one database sort by time.
 */
bool timetravel_is_bookmark(const char *text);

/*
 * The bookmark of the state at that time, in microseconds since 1970, freed by
 * the caller.
 */
int timetravel_bookmark(char **bookmark, struct d1_client *client,
			const char *database_id, int64_t time,
			struct err *err) MUST_CHECK;

/*
 * Makes the database what it was at the bookmark, schema and rows. Sent once,
 * whatever happens; `fate` says what became of it, after an error too. After
 * success *previous, freed by the caller, is the bookmark right before; NULL
 * if the server does not say.
 */
int timetravel_restore(enum d1_fate *fate, char **previous,
		       struct d1_client *client, const char *database_id,
		       const char *bookmark, struct err *err) MUST_CHECK;

#endif
