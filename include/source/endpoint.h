/*
 * Endpoints as they are written: `[DATABASE/]SIDE[@ENV]`, or a path.
 *
 *	local			the SQLite file of `wrangler dev`
 *	remote, preview		the database over REST, and its preview
 *	shop/remote@staging	of another database, in another environment
 *	./shop.sqlite		a SQLite file
 *
 * A side comes first; `./local` is the file of that name.
 */
#ifndef SOURCE_ENDPOINT_H
#define SOURCE_ENDPOINT_H

#include <stdbool.h>

#include "util/err.h"

enum endpoint_kind {
	ENDPOINT_LOCAL,
	ENDPOINT_REMOTE,
	ENDPOINT_PREVIEW,
	ENDPOINT_FILE,
};

/* The parts of an endpoint's text. */
struct endpoint {
	enum endpoint_kind kind;
	char *database;	   /* NULL: the one there is */
	char *environment; /* NULL: the active one */
	char *path;	   /* of a file, else NULL */
};

/*
 * Takes the text apart. What names no side is a path, which must exist:
 * D1_ENOTFOUND says what an endpoint can be. The caller releases it.
 */
int endpoint_parse(struct endpoint *endpoint, const char *text,
		   struct err *err) MUST_CHECK;
void endpoint_release(struct endpoint *endpoint);

/* "local", "remote", "preview"; NULL for a file. */
const char *endpoint_side(const struct endpoint *endpoint);

#endif
