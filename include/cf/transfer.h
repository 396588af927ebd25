/* How one HTTP request is put to libcurl. */
#ifndef CF_TRANSFER_H
#define CF_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "util/buf.h"
#include "util/compiler.h"
#include "util/err.h"

/* A file that is sent. */
struct upload {
	int fd;
	uint64_t size;
	uint64_t sent; /* of this attempt: to be 0 when one starts */
};

/* All pointers stay valid as long as the handle is used. */
struct transfer {
	const char *method;
	const char *url;
	struct curl_slist *headers;
	const struct buf *body; /* empty: none */
	struct upload *upload;	/* in place of the body; NULL: none */
	bool local;		/* see struct url_target */
	bool own_connection;	/* not one that was used before */
	long connect_timeout_ms;
	long timeout_ms;
	const char *ca_file; /* NULL: those libcurl knows */
	struct buf *reply;   /* the body is appended here */
	char *detail;	     /* CURL_ERROR_SIZE bytes */
	void *owner;	     /* CURLINFO_PRIVATE */
};

/* Sets all options of a new handle. */
int transfer_prepare(CURL *easy, const struct transfer *transfer,
		     struct err *err) MUST_CHECK;

#endif
