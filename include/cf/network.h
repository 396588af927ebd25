/*
 * What goes wrong below HTTP (name, connection, TLS, a reply that stops), in
 * words, and whether the same request may succeed a moment later.
 */
#ifndef CF_NETWORK_H
#define CF_NETWORK_H

#include <stdbool.h>

#include <curl/curl.h>

#include "util/err.h"

struct network_failure {
	CURLcode code;
	const char *host;   /* as in the URL, with its port */
	const char *detail; /* libcurl's own words, may be empty */
	int os_error;	    /* errno of connect(), or 0 */
	bool sent;	    /* the request had gone out */
	unsigned int attempts;
	long timeout_ms; /* the limit that was passed, if it was time */
};

/* True if another attempt makes sense. */
bool network_is_passing(const struct network_failure *failure);

/* Records D1_EUNREACHABLE with the host and what to do; returns the code. */
int network_error(const struct network_failure *failure, struct err *err);

#endif
