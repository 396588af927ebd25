/* URLs that may be asked: https, or http to this machine itself. */
#ifndef CF_URL_H
#define CF_URL_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

struct url_target {
	char *host; /* with the port, if given; freed by the caller */
	bool local; /* this machine: localhost, 127.0.0.0/8, [::1] */
};

/*
 * Finds out whom the URL addresses. D1_EREFUSED if it is neither https nor
 * local, or holds a user name or password; D1_ERROR if it is malformed.
 */
int url_check(struct url_target *target, const char *url,
	      struct err *err) MUST_CHECK;

/* Appends "/" and the text, escaped so that it is one segment of a path. */
void url_add_segment(struct buf *url, const char *text);

/* Appends the text escaped as the value of a query parameter. */
void url_add_value(struct buf *url, const char *text);

#endif
