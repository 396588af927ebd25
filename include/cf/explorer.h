/* Finding the Local Explorer of `wrangler dev`. */
#ifndef CF_EXPLORER_H
#define CF_EXPLORER_H

#include "cf/http.h"
#include "util/compiler.h"
#include "util/err.h"

/*
 * Looks for the Local Explorer's API at the URL *base and where the versions of
 * wrangler put it below that, and puts its URL in place of *base (on the heap).
 *
 * A wrong path does not fail by itself: the developer's own program answers,
 * with anything. So the API's description of itself is looked at.
 */
int explorer_find(char **base, struct http *http, struct err *err) MUST_CHECK;

#endif
