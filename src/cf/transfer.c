#include "config.h"

#include "cf/transfer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cf/curl.h"
#include "util/progress.h"
#include "util/trace.h"

static size_t receive(char *data, size_t size, size_t count, void *user)
{
	struct buf *reply = user;

	buf_add(reply, data, size * count);
	progress_bytes(size * count);
	return reply->failed ? CURL_WRITEFUNC_ERROR : size * count;
}

static size_t send_upload(char *data, size_t size, size_t count, void *user)
{
	struct upload *upload = user;
	uint64_t left = upload->size - upload->sent;
	size_t wanted = size * count;
	ssize_t got;

	if (wanted > left)
		wanted = (size_t)left;
	got = pread(upload->fd, data, wanted, (off_t)upload->sent);
	if (got < 0 || (got == 0 && wanted > 0))
		return CURL_READFUNC_ABORT;
	upload->sent += (uint64_t)got;
	progress_bytes((uint64_t)got);
	return (size_t)got;
}

/* libcurl goes back when it has to send again on another connection. */
static int seek_upload(void *user, curl_off_t offset, int origin)
{
	struct upload *upload = user;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > upload->size)
		return CURL_SEEKFUNC_FAIL;
	upload->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static int trace_curl(CURL *easy, curl_infotype type, char *data, size_t size,
		      void *user)
{
	static const struct {
		enum trace_key key;
		const char *mark;
	} kinds[] = {
		[CURLINFO_TEXT] = { TRACE_CURL, "== Info" },
		[CURLINFO_HEADER_IN] = { TRACE_CURL, "<= Recv header" },
		[CURLINFO_HEADER_OUT] = { TRACE_CURL, "=> Send header" },
		[CURLINFO_DATA_IN] = { TRACE_CURL_DATA, "<= Recv data" },
		[CURLINFO_DATA_OUT] = { TRACE_CURL_DATA, "=> Send data" },
	};

	(void)easy;
	(void)user;
	/* the types beyond these are the encrypted bytes */
	if ((size_t)type < ARRAY_SIZE(kinds))
		trace_lines(kinds[type].key, kinds[type].mark, data, size);
	return 0;
}

/*
 * The first option that libcurl refuses is kept in `rc`. It takes pointers,
 * long, and larger: an int would be read with bytes that nobody wrote.
 */
#define SET(option, value) \
	do { \
		__auto_type given = (value); \
\
		_Static_assert(sizeof(given) >= sizeof(long), \
			       "libcurl takes no int"); \
		if (!rc) \
			rc = libcurl.easy_setopt(easy, option, given); \
	} while (0)

static CURLcode set_security(CURL *easy, const struct transfer *transfer)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, transfer->local ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (transfer->ca_file)
		SET(CURLOPT_CAINFO, transfer->ca_file);
	/* a proxy must not see what is said in the clear on this machine */
	if (transfer->local)
		SET(CURLOPT_PROXY, "");
	return rc;
}

static CURLcode set_request(CURL *easy, const struct transfer *transfer)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, transfer->url);
	SET(CURLOPT_USERAGENT, "git-d1/" PACKAGE_VERSION);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	SET(CURLOPT_HTTPHEADER, transfer->headers);
	if (transfer->upload) {
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)transfer->upload->size);
		SET(CURLOPT_READFUNCTION, send_upload);
		SET(CURLOPT_READDATA, transfer->upload);
		SET(CURLOPT_SEEKFUNCTION, seek_upload);
		SET(CURLOPT_SEEKDATA, transfer->upload);
	}
	if (transfer->body->data) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)transfer->body->len);
		SET(CURLOPT_POSTFIELDS, transfer->body->data);
	} else if (strcmp(transfer->method, "POST") == 0) {
		/* without a length servers refuse it */
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
		SET(CURLOPT_POSTFIELDS, "");
	}
	SET(CURLOPT_CUSTOMREQUEST, transfer->method);
	return rc;
}

static CURLcode set_connection(CURL *easy, const struct transfer *transfer)
{
	CURLcode rc = CURLE_OK;

	/*
	 * HTTP/1.1: each request that is under way has a connection of its
	 * own, so one slow reply holds up no other, and a request that must
	 * not be repeated shares its connection with none that may be.
	 */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FRESH_CONNECT, (long)transfer->own_connection);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, transfer->connect_timeout_ms);
	SET(CURLOPT_TIMEOUT_MS, transfer->timeout_ms);
	return rc;
}

static CURLcode set_outputs(CURL *easy, const struct transfer *transfer)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PRIVATE, transfer->owner);
	SET(CURLOPT_WRITEFUNCTION, receive);
	SET(CURLOPT_WRITEDATA, transfer->reply);
	SET(CURLOPT_ERRORBUFFER, transfer->detail);
	if (trace_wanted(TRACE_CURL)) {
		SET(CURLOPT_DEBUGFUNCTION, trace_curl);
		SET(CURLOPT_VERBOSE, 1L);
	}
	return rc;
}

int transfer_prepare(CURL *easy, const struct transfer *transfer,
		     struct err *err)
{
	CURLcode rc = set_security(easy, transfer);

	if (!rc)
		rc = set_request(easy, transfer);
	if (!rc)
		rc = set_connection(easy, transfer);
	if (!rc)
		rc = set_outputs(easy, transfer);
	if (rc == CURLE_OUT_OF_MEMORY)
		return err_set_nomem(err);
	if (rc)
		return err_set(err, D1_ERROR, "libcurl refuses an option: %s",
			       libcurl.easy_strerror(rc));
	return 0;
}
