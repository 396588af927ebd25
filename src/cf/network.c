#include "config.h"

#include "cf/network.h"

#include <stdio.h>
#include <string.h>

#include "cf/curl.h"

struct rule {
	CURLcode code;
	bool passing;
	const char *what;
	const char *hint;
};

static const char hint_network[] =
	"check the network connection and the name of the host";
static const char hint_proxy[] =
	"check the proxy in the environment variable https_proxy";
static const char hint_certificate[] =
	"check the clock of this machine, and whether a proxy puts its own"
	" certificate in place of the server's";
static const char hint_server[] =
	"check that the server is running and that no firewall is in between";
static const char hint_later[] =
	"try again later; https://www.cloudflarestatus.com shows outages";
static const char hint_url[] =
	"check the base URL of the API (CLOUDFLARE_API_BASE_URL)";

static const struct rule rules[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, true, "its address was not found",
	  hint_network },
	{ CURLE_COULDNT_RESOLVE_PROXY, true,
	  "the address of the proxy was not found", hint_proxy },
	{ CURLE_PROXY, false, "the proxy refused", hint_proxy },
	{ CURLE_COULDNT_CONNECT, true, "no connection", hint_server },
	{ CURLE_PEER_FAILED_VERIFICATION, false,
	  "its TLS certificate is not trusted", hint_certificate },
	{ CURLE_SSL_CACERT_BADFILE, false,
	  "the file of trusted certificates cannot be read",
	  "check the file of certificates that is configured" },
	{ CURLE_SSL_CONNECT_ERROR, true, "the TLS handshake failed", hint_url },
	{ CURLE_OPERATION_TIMEDOUT, true, "it did not answer in time",
	  hint_later },
	{ CURLE_GOT_NOTHING, true, "it closed the connection without a reply",
	  hint_later },
	{ CURLE_SEND_ERROR, true, "the connection broke", hint_later },
	{ CURLE_RECV_ERROR, true, "the connection broke", hint_later },
	{ CURLE_PARTIAL_FILE, true, "its reply is cut off", hint_later },
	{ CURLE_BAD_CONTENT_ENCODING, true, "its reply cannot be uncompressed",
	  hint_later },
	{ CURLE_WEIRD_SERVER_REPLY, false, "its reply is not HTTP", hint_url },
	{ CURLE_UNSUPPORTED_PROTOCOL, false, "its reply is not HTTP",
	  hint_url },
	{ CURLE_HTTP2, true, "the connection broke", hint_later },
};

static const struct rule otherwise = {
	CURLE_OK,
	false,
	"the request failed",
	hint_later,
};

static const struct rule *find_rule(CURLcode code)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].code == code)
			return &rules[i];
	return &otherwise;
}

bool network_is_passing(const struct network_failure *failure)
{
	/* what took its whole time once would take it again */
	if (failure->code == CURLE_OPERATION_TIMEDOUT && failure->sent)
		return false;
	return find_rule(failure->code)->passing;
}

int network_error(const struct network_failure *failure, struct err *err)
{
	char attempts[32] = "";
	const struct rule *rule = find_rule(failure->code);
	const char *detail = failure->detail;

	if (failure->code == CURLE_OUT_OF_MEMORY)
		return err_set_nomem(err);
	if (failure->code == CURLE_COULDNT_CONNECT && failure->os_error)
		detail = strerror(failure->os_error);
	if (!*detail)
		detail = libcurl.easy_strerror(failure->code);
	if (failure->attempts > 1)
		snprintf(attempts, sizeof(attempts), " (after %u attempts)",
			 failure->attempts);
	if (failure->code == CURLE_OPERATION_TIMEDOUT)
		err_set(err, D1_EUNREACHABLE,
			"cannot reach '%s': %s within %g seconds%s",
			failure->host,
			failure->sent ? "no complete reply" : "no connection",
			(double)failure->timeout_ms / 1000, attempts);
	else
		err_set(err, D1_EUNREACHABLE, "cannot reach '%s': %s: %s%s",
			failure->host, rule->what, detail, attempts);
	return err_hint(err, "%s", rule->hint);
}
