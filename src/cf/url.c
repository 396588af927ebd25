#include "config.h"

#include "cf/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>

#include "cf/curl.h"

struct parts {
	char *scheme;
	char *host;
	char *port;	/* NULL if not given */
	char *user;	/* NULL if not given */
	char *password; /* NULL if not given */
};

static bool is_local(const char *host)
{
	struct in_addr address;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 &&
	       ntohl(address.s_addr) >> 24 == 127;
}

static void get(CURLU *url, CURLUPart part, char **value)
{
	if (libcurl.url_get(url, part, value, 0) != CURLUE_OK)
		*value = NULL;
}

/* Leaves out what it cannot find, in a text that is no URL everything. */
static int split(struct parts *parts, const char *text, struct err *err)
{
	CURLU *url = libcurl.url();

	if (!url)
		return err_set_nomem(err);
	if (libcurl.url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
		get(url, CURLUPART_SCHEME, &parts->scheme);
		get(url, CURLUPART_HOST, &parts->host);
		get(url, CURLUPART_PORT, &parts->port);
		get(url, CURLUPART_USER, &parts->user);
		get(url, CURLUPART_PASSWORD, &parts->password);
	}
	libcurl.url_cleanup(url);
	return 0;
}

static int check(const struct parts *parts, bool local, struct err *err)
{
	if (!parts->scheme || !parts->host) {
		/* the text is not shown: it may hold a password */
		err_set(err, D1_ERROR, "the base URL of the API is malformed");
		return err_hint(err, "it looks like"
				     " https://api.cloudflare.com/client/v4");
	}
	if (parts->user || parts->password) {
		err_set(err, D1_EREFUSED,
			"the URL for '%s' holds a user name or password",
			parts->host);
		return err_hint(err, "take them out: a URL ends up in logs");
	}
	if (strcmp(parts->scheme, "https") == 0 ||
	    (strcmp(parts->scheme, "http") == 0 && local))
		return 0;
	err_set(err, D1_EREFUSED, "'%s://%s' is not https", parts->scheme,
		parts->host);
	return err_hint(err, "use https; http is for this machine itself"
			     " (localhost, 127.0.0.1, [::1])");
}

int url_check(struct url_target *target, const char *url, struct err *err)
{
	struct parts parts = { NULL, NULL, NULL, NULL, NULL };
	struct buf host;
	int rc;

	*target = (struct url_target){ NULL, false };
	if (libcurl_load(err))
		return err->code;
	buf_init(&host, 1024);
	rc = split(&parts, url, err);
	if (rc)
		goto out;
	target->local = parts.host && is_local(parts.host);
	rc = check(&parts, target->local, err);
	if (rc)
		goto out;
	buf_add_string(&host, parts.host);
	if (parts.port)
		buf_add_format(&host, ":%s", parts.port);
	rc = buf_check(&host, "the host of the URL", err);
	if (rc)
		goto out;
	target->host = buf_take(&host);
	if (!target->host)
		rc = err_set_nomem(err);
out:
	buf_release(&host);
	libcurl.free(parts.scheme);
	libcurl.free(parts.host);
	libcurl.free(parts.port);
	libcurl.free(parts.user);
	libcurl.free(parts.password);
	return rc;
}

void url_add_value(struct buf *url, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
			buf_add_char(url, *text);
		else
			buf_add_format(url, "%%%02X", c);
	}
}

void url_add_segment(struct buf *url, const char *text)
{
	buf_add_char(url, '/');
	/* a lone "." or ".." would not be a name but a direction */
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		buf_add_format(url, "%%2E%s", text[1] ? "%2E" : "");
	else
		url_add_value(url, text);
}
