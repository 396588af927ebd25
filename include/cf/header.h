/* Headers of a reply that libcurl has received. */
#ifndef CF_HEADER_H
#define CF_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

/* Copies a header's value, cut to fit; "" if it was not sent. */
void header_text(CURL *easy, const char *name, char *value, size_t size);

/*
 * Milliseconds from now to the moment that a header names: in seconds from
 * now, in seconds since 1970, or as a date. -1 if it was not sent or says
 * something else.
 */
int64_t header_moment(CURL *easy, const char *name);

#endif
