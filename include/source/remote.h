/*
 * A D1 database as a source, read through the REST API.
 *
 * Rows come in pages by key range, sized by bytes, so that memory stays flat;
 * the next page is under way while one is used. Every value arrives bit for
 * bit (source/rowtext.h). Nothing but SELECT is ever sent: a token that may
 * only read is enough.
 */
#ifndef SOURCE_REMOTE_H
#define SOURCE_REMOTE_H

#include "cf/d1.h"
#include "source/source.h"

/*
 * Opens the database with that id. The client and both strings are borrowed;
 * `name` is what messages call the database.
 *
 * source_verify() compares Time Travel bookmarks; where there are none (the
 * Local Explorer), the state counts as the same.
 */
int remote_open(struct source **source, struct d1_client *client,
		const char *database_id, const char *name,
		struct err *err) MUST_CHECK;

#endif
