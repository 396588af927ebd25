/*
 * libcurl, which is loaded when the first request is made: with the thirty
 * libraries that it needs it takes as long to load as a hook may run.
 */
#ifndef CF_CURL_H
#define CF_CURL_H

#include <curl/curl.h>

#include "util/compiler.h"
#include "util/err.h"

/* All functions that are used, without the "curl_" in front. */
#define LIBCURL_FUNCTIONS(FUNCTION) \
	FUNCTION(easy_cleanup) \
	FUNCTION(easy_getinfo) \
	FUNCTION(easy_header) \
	FUNCTION(easy_init) \
	FUNCTION(easy_setopt) \
	FUNCTION(easy_strerror) \
	FUNCTION(free) \
	FUNCTION(getdate) \
	FUNCTION(global_cleanup) \
	FUNCTION(global_init) \
	FUNCTION(multi_add_handle) \
	FUNCTION(multi_cleanup) \
	FUNCTION(multi_info_read) \
	FUNCTION(multi_init) \
	FUNCTION(multi_perform) \
	FUNCTION(multi_poll) \
	FUNCTION(multi_remove_handle) \
	FUNCTION(multi_setopt) \
	FUNCTION(multi_strerror) \
	FUNCTION(slist_append) \
	FUNCTION(slist_free_all) \
	FUNCTION(url) \
	FUNCTION(url_cleanup) \
	FUNCTION(url_get) \
	FUNCTION(url_set) \
	FUNCTION(version_info)

struct libcurl {
#define LIBCURL_POINTER(name) __typeof__(curl_##name) *(name);
	LIBCURL_FUNCTIONS(LIBCURL_POINTER)
#undef LIBCURL_POINTER
};

/* To be called only after libcurl_load() returned 0. */
extern struct libcurl libcurl;

/*
 * Loads libcurl for the rest of the process; does nothing if it is there.
 * D1_ERROR says what is missing.
 */
int libcurl_load(struct err *err) MUST_CHECK;

#endif
