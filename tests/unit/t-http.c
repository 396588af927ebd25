/* The HTTP client: replies, repetition, limits, and every kind of failure. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cf/budget.h"
#include "cf/http.h"
#include "cf/url.h"
#include "server.h"

struct fixture {
	struct server server;
	struct http_config config;
	struct http *http;
	struct err err;
	struct http_reply reply;
	bool cancelled;
	bool impatient; /* cancels at the first notice */
	unsigned int notices;
	char notice[256];
};

static bool ask_cancelled(void *data)
{
	return ((struct fixture *)data)->cancelled;
}

static void take_notice(void *data, const char *text)
{
	struct fixture *fixture = data;

	fixture->notices++;
	snprintf(fixture->notice, sizeof(fixture->notice), "%s", text);
	fixture->cancelled = fixture->impatient;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	server_start(&fixture->server);
	fixture->config = (struct http_config){
		.max_attempts = 3,
		.backoff_ms = 2,
		.timeout_ms = 60000,
		.rate_limit = -1,
		.cancelled = ask_cancelled,
		.notice = take_notice,
		.data = fixture,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	http_reply_release(&fixture->reply);
	http_close(fixture->http);
	server_stop(&fixture->server);
	free(fixture);
	return 0;
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_passing(const struct http_reply *reply)
{
	return reply->status == 429 || reply->status >= 500;
}

/* Begins a request for the URL, a POST if there is a text to send. */
static struct http_exchange *begin(struct fixture *fixture, const char *url,
				   const char *text, bool repeatable)
{
	const char *headers[] = { "X-Test: yes", NULL };
	struct http_request request = {
		.method = text ? "POST" : "GET",
		.url = url,
		.headers = headers,
		.repeatable = repeatable,
		.is_passing = is_passing,
	};
	struct http_exchange *exchange;
	struct buf body;

	if (!fixture->http)
		assert_int_equal(http_open(&fixture->http, &fixture->config,
					   &fixture->err),
				 0);
	buf_init(&body, (size_t)16 << 20);
	if (text) {
		buf_add_string(&body, text);
		request.body = &body;
	}
	if (http_begin(&exchange, fixture->http, &request, &fixture->err))
		exchange = NULL;
	assert_null(body.data);
	return exchange;
}

static int finish(struct fixture *fixture, struct http_exchange *exchange)
{
	http_reply_release(&fixture->reply);
	if (!exchange)
		return fixture->err.code;
	return http_finish(exchange, &fixture->reply, &fixture->err);
}

static int ask(struct fixture *fixture, const char *url, const char *text,
	       bool repeatable)
{
	return finish(fixture, begin(fixture, url, text, repeatable));
}

static int get(struct fixture *fixture)
{
	return ask(fixture, fixture->server.url, NULL, true);
}

static int post(struct fixture *fixture)
{
	return ask(fixture, fixture->server.url, "{}", false);
}

static void expect_error(const struct fixture *fixture, enum d1_error code,
			 const char *part)
{
	assert_int_equal(fixture->err.code, code);
	if (!strstr(fixture->err.message, part))
		fail_msg("'%s' is not in '%s'", part, fixture->err.message);
	assert_true(fixture->err.hint[0] != '\0');
}

static void test_reply(void **state)
{
	struct fixture *fixture = *state;
	const char *log = NULL;

	server_answer(&fixture->server, 201,
		      "Content-Type: text/plain\r\nCF-Ray: 8f-TXL\r\n",
		      "hello");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 201);
	assert_int_equal(fixture->reply.fate, HTTP_ANSWERED);
	assert_int_equal(fixture->reply.attempts, 1);
	assert_string_equal(fixture->reply.body.data, "hello");
	assert_string_equal(fixture->reply.content_type, "text/plain");
	assert_string_equal(fixture->reply.ray, "8f-TXL");
	assert_string_equal(fixture->reply.location, "");
	assert_true(fixture->reply.retry_after_ms == -1);
	log = fixture->server.log.data;
	assert_non_null(strstr(log, "GET / HTTP/1.1\r\n"));
	assert_non_null(strstr(log, "\r\nUser-Agent: git-d1/" PACKAGE_VERSION));
	assert_non_null(strstr(log, "\r\nX-Test: yes\r\n"));
	assert_non_null(strstr(log, "\r\nAccept-Encoding: gzip\r\n"));
}

static void test_gzip(void **state)
{
	static const char reply[] =
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 36\r\n\r\n"
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9"
		"\x57\xc8\x18\x25\x47\xc9\x51\x72\x94\x1c\xf4\x24\x00\x45\x44"
		"\x9f\x68\xb0\x04\x00\x00";
	struct fixture *fixture = *state;

	server_play(&fixture->server, reply, sizeof(reply) - 1, 0, SERVER_KEEP);
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.body.len, 1200);
	assert_memory_equal(fixture->reply.body.data, "hello hello ", 12);
	/* counted as it came over the wire */
	assert_true(http_stats(fixture->http)->received < 200);
}

static void test_connection_is_used_again(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++) {
		server_answer(&fixture->server, 200, "", "{}");
		assert_int_equal(get(fixture), 0);
	}
	assert_int_equal(fixture->server.nconnections, 1);
	assert_int_equal(http_stats(fixture->http)->requests, 3);
	assert_int_equal(http_stats(fixture->http)->retries, 0);
	assert_true(http_stats(fixture->http)->sent > 100);
	assert_true(http_stats(fixture->http)->received > 100);
}

static void test_several_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct http_exchange *exchanges[4];

	/* none is answered before all have come */
	server_await(&fixture->server, 4);
	for (int i = 0; i < 4; i++)
		server_answer(&fixture->server, 200, "", "{}");
	for (int i = 0; i < 4; i++)
		exchanges[i] = begin(fixture, fixture->server.url, NULL, true);
	for (int i = 0; i < 4; i++)
		assert_int_equal(finish(fixture, exchanges[i]), 0);
	assert_int_equal(fixture->server.nrequests, 4);
}

static void test_cancel_frees(void **state)
{
	struct fixture *fixture = *state;

	server_play(&fixture->server, NULL, 0, 0, SERVER_NEVER);
	http_cancel(begin(fixture, fixture->server.url, "{}", true));
	http_cancel(NULL);
}

static void test_body_is_sent(void **state)
{
	struct fixture *fixture = *state;
	char *text = malloc(3000001);

	memset(text, 'x', 3000000);
	text[3000000] = '\0';
	server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(ask(fixture, fixture->server.url, text, false), 0);
	assert_true(fixture->server.log.len > 3000000);
	assert_non_null(strstr(fixture->server.log.data, text));
	assert_null(strstr(fixture->server.log.data, "100-continue"));
	assert_true(http_stats(fixture->http)->sent > 3000000);
	free(text);
}

static void test_passing_reply_is_repeated(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 503, "", "x");
	server_answer(&fixture->server, 500, "", "y");
	server_answer(&fixture->server, 200, "", "z");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 200);
	assert_int_equal(fixture->reply.attempts, 3);
	assert_string_equal(fixture->reply.body.data, "z");
	assert_int_equal(http_stats(fixture->http)->retries, 2);
}

static void test_attempts_are_limited(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 5; i++)
		server_answer(&fixture->server, 503, "", "x");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 503);
	assert_int_equal(fixture->server.nrequests, 3);
}

static void test_retries_are_limited_in_all(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 50; i++)
		server_answer(&fixture->server, 503, "", "x");
	for (int i = 0; i < 15; i++)
		assert_int_equal(get(fixture), 0);
	/* 20, and one for every ten requests */
	assert_int_equal(http_stats(fixture->http)->retries, 23);
	assert_int_equal(http_stats(fixture->http)->requests, 38);
}

static void test_write_is_sent_once(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 503, "", "x");
	server_answer(&fixture->server, 200, "", "y");
	assert_int_equal(post(fixture), 0);
	assert_int_equal(fixture->reply.status, 503);
	assert_int_equal(fixture->server.nrequests, 1);
}

/*
 * libcurl repeats a request that was lost on a connection that had been used
 * before. A write must not take that way.
 */
static void test_lost_reply_of_a_write(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(get(fixture), 0);
	server_play(&fixture->server, NULL, 0, 0, SERVER_CLOSE);
	server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(post(fixture), D1_EUNREACHABLE);
	assert_int_equal(fixture->reply.fate, HTTP_MAYBE_DONE);
	assert_int_equal(fixture->server.nrequests, 2);
	assert_int_equal(fixture->server.nconnections, 2);
	expect_error(fixture, D1_EUNREACHABLE,
		     "closed the connection without a reply");
}

static void test_lost_reply_of_a_read(void **state)
{
	struct fixture *fixture = *state;

	server_play(&fixture->server, NULL, 0, 0, SERVER_CLOSE);
	server_play(&fixture->server, NULL, 0, 0, SERVER_RESET);
	server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.attempts, 3);
}

static void test_reset(void **state)
{
	struct fixture *fixture = *state;

	server_play(&fixture->server, NULL, 0, 0, SERVER_RESET);
	assert_int_equal(post(fixture), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "127.0.0.1");
	assert_int_equal(fixture->reply.fate, HTTP_MAYBE_DONE);
}

static void test_truncated(void **state)
{
	static const char reply[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":";
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++)
		server_play(&fixture->server, reply, sizeof(reply) - 1, 0,
			    SERVER_CLOSE);
	assert_int_equal(get(fixture), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "its reply is cut off");
	assert_non_null(strstr(fixture->err.message, "(after 3 attempts)"));
	assert_int_equal(fixture->reply.fate, HTTP_MAYBE_DONE);
}

static void test_garbage(void **state)
{
	struct fixture *fixture = *state;

	server_play(&fixture->server, "SSH-2.0-OpenSSH\r\n", 17, 0,
		    SERVER_CLOSE);
	assert_int_equal(post(fixture), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "its reply is not HTTP");
}

static void test_retry_after(void **state)
{
	struct fixture *fixture = *state;
	int64_t start = clock_ms();

	server_answer(&fixture->server, 429, "Retry-After: 1\r\n", "x");
	server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 200);
	assert_true(clock_ms() - start >= 1000);
}

static void test_retry_after_as_a_date(void **state)
{
	struct fixture *fixture = *state;
	int64_t start = clock_ms();
	time_t then = time(NULL) + 2;
	char header[64];
	struct tm tm;

	gmtime_r(&then, &tm);
	strftime(header, sizeof(header),
		 "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	server_answer(&fixture->server, 429, header, "x");
	server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 200);
	assert_true(clock_ms() - start >= 900);
}

static void test_retry_after_too_long(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.max_wait_ms = 2000;
	server_answer(&fixture->server, 429, "Retry-After: 300\r\n", "x");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 429);
	assert_int_equal(fixture->reply.retry_after_ms, 300000);
	assert_int_equal(fixture->server.nrequests, 1);
	/* the limit is the user's: the next request need not even try */
	assert_int_equal(get(fixture), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "rate limit");
	assert_int_equal(fixture->server.nrequests, 1);
	assert_int_equal(fixture->reply.fate, HTTP_NOT_SENT);
}

static void test_notice(void **state)
{
	struct fixture *fixture = *state;

	fixture->impatient = true;
	server_answer(&fixture->server, 429, "Retry-After: 60\r\n", "x");
	assert_int_equal(get(fixture), D1_ERROR);
	assert_int_equal(fixture->notices, 1);
	assert_non_null(
		strstr(fixture->notice, "HTTP status 429, waiting 60 s"));
}

static void test_remaining_0(void **state)
{
	struct fixture *fixture = *state;
	int64_t start = clock_ms();

	server_answer(&fixture->server, 200,
		      "x-ratelimit-remaining: 0\r\n"
		      "x-ratelimit-reset: 2\r\n",
		      "{}");
	server_answer(&fixture->server, 200,
		      "x-ratelimit-remaining: 0\r\n"
		      "x-ratelimit-reset: 600\r\n",
		      "{}");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->notices, 0);
	assert_int_equal(get(fixture), 0);
	assert_true(clock_ms() - start >= 2000);
	assert_int_equal(get(fixture), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "rate limit");
}

static void test_own_rate_limit(void **state)
{
	struct fixture *fixture = *state;
	int64_t start = clock_ms();

	fixture->config.rate_limit = 2;
	fixture->config.rate_window_ms = 3000;
	for (int i = 0; i < 3; i++)
		server_answer(&fixture->server, 200, "", "{}");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(get(fixture), 0);
	/* a wait of two seconds would have been told */
	assert_int_equal(fixture->notices, 0);
	assert_int_equal(get(fixture), 0);
	assert_true(clock_ms() - start >= 3000);
}

static void test_budget(void **state)
{
	struct err err = ERR_INIT;
	struct budget budget;

	(void)state;
	assert_int_equal(budget_init(&budget, 3, 100, &err), 0);
	assert_true(budget_ready(&budget) == 0);
	for (int64_t now = 10; now <= 30; now += 10)
		budget_spend(&budget, now);
	assert_true(budget_ready(&budget) == 110);
	budget_spend(&budget, 115);
	assert_true(budget_ready(&budget) == 120);
	budget_block(&budget, 500);
	budget_block(&budget, 400);
	assert_true(budget_ready(&budget) == 500);
	budget_release(&budget);
}

static void test_redirect_is_not_followed(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 302,
		      "Location: https://other.example/login?to=secret\r\n",
		      "");
	assert_int_equal(get(fixture), 0);
	assert_int_equal(fixture->reply.status, 302);
	assert_string_equal(fixture->reply.location,
			    "https://other.example/login");
	assert_int_equal(fixture->server.nrequests, 1);
}

static void test_timeout(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.timeout_ms = 1500;
	server_play(&fixture->server, NULL, 0, 0, SERVER_NEVER);
	assert_int_equal(get(fixture), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE,
		     "no complete reply within 1.5 seconds");
	assert_int_equal(fixture->reply.fate, HTTP_MAYBE_DONE);
	assert_int_equal(fixture->reply.attempts, 1);
}

static void test_cancelled(void **state)
{
	struct fixture *fixture = *state;

	fixture->cancelled = true;
	server_play(&fixture->server, NULL, 0, 0, SERVER_NEVER);
	assert_int_equal(post(fixture), D1_ERROR);
	assert_non_null(strstr(fixture->err.message, "interrupted"));
	assert_int_equal(fixture->reply.fate, HTTP_MAYBE_DONE);
}

static void test_too_large(void **state)
{
	struct fixture *fixture = *state;
	char body[1002];

	fixture->config.max_reply = 1000;
	memset(body, 'x', 1001);
	body[1000] = '\0';
	server_answer(&fixture->server, 200, "", body);
	assert_int_equal(get(fixture), 0);
	body[1000] = 'x';
	body[1001] = '\0';
	server_answer(&fixture->server, 200, "", body);
	assert_int_equal(get(fixture), D1_ERROR);
	assert_string_equal(fixture->err.message,
			    "the server's reply is larger than 1000 bytes");
	assert_int_equal(fixture->server.nrequests, 2);
}

static void test_refused(void **state)
{
	struct fixture *fixture = *state;
	struct server gone;

	server_start(&gone);
	server_stop(&gone);
	assert_int_equal(ask(fixture, gone.url, "{}", false), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "Connection refused");
	assert_int_equal(fixture->reply.fate, HTTP_NOT_SENT);
}

static void test_tls_failure(void **state)
{
	struct fixture *fixture = *state;
	char url[64];

	server_play(&fixture->server, "HTTP/1.1 400 Bad\r\n\r\n", 20, 0,
		    SERVER_CLOSE);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d",
		 fixture->server.port);
	/* a handshake is no request: the server waits for more of it */
	fixture->config.timeout_ms = 500;
	fixture->config.connect_timeout_ms = 300;
	assert_int_equal(ask(fixture, url, "{}", false), D1_EUNREACHABLE);
	expect_error(fixture, D1_EUNREACHABLE, "cannot reach '127.0.0.1:");
	assert_int_equal(fixture->reply.fate, HTTP_NOT_SENT);
}

static void test_urls(void **state)
{
	static const struct {
		const char *url;
		enum d1_error code;
		const char *host;
		bool local;
	} cases[] = {
		{ "https://api.cloudflare.com/client/v4", D1_OK,
		  "api.cloudflare.com", false },
		{ "https://api.example:8443/x", D1_OK, "api.example:8443",
		  false },
		{ "http://127.0.0.1:8787/", D1_OK, "127.0.0.1:8787", true },
		{ "http://127.1", D1_OK, "127.0.0.1", true },
		{ "http://[::1]:1/", D1_OK, "[::1]:1", true },
		{ "http://LocalHost", D1_OK, "LocalHost", true },
		{ "http://api.cloudflare.com", D1_EREFUSED, NULL, false },
		{ "http://128.0.0.1", D1_EREFUSED, NULL, false },
		{ "http://localhost.example", D1_EREFUSED, NULL, false },
		{ "http://127.0.0.1.example", D1_EREFUSED, NULL, false },
		{ "http://127.0.0.1@example.com", D1_EREFUSED, NULL, false },
		{ "https://me:pass@example.com", D1_EREFUSED, NULL, false },
		{ "ftp://127.0.0.1", D1_EREFUSED, NULL, false },
		{ "file:///etc/passwd", D1_ERROR, NULL, false },
		{ "api.cloudflare.com", D1_ERROR, NULL, false },
		{ "https://a b", D1_ERROR, NULL, false },
		{ "", D1_ERROR, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct url_target target;
		struct err err = ERR_INIT;

		assert_int_equal(url_check(&target, cases[i].url, &err),
				 cases[i].code);
		assert_null(strstr(err.message, "pass@"));
		if (err.code)
			continue;
		assert_string_equal(target.host, cases[i].host);
		assert_int_equal(target.local, cases[i].local);
		free(target.host);
	}
}

static void test_segments(void **state)
{
	struct buf url;

	(void)state;
	buf_init(&url, 1000);
	url_add_segment(&url, "shop-1_~.x");
	url_add_segment(&url, "a/b?c#d e%\xc3\xa9");
	url_add_segment(&url, "..");
	url_add_segment(&url, ".");
	assert_string_equal(url.data, "/shop-1_~.x/a%2Fb%3Fc%23d%20e%25%C3%A9"
				      "/%2E%2E/%2E");
	buf_release(&url);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reply),
		TEST(test_gzip),
		TEST(test_connection_is_used_again),
		TEST(test_several_at_once),
		TEST(test_cancel_frees),
		TEST(test_body_is_sent),
		TEST(test_passing_reply_is_repeated),
		TEST(test_attempts_are_limited),
		TEST(test_retries_are_limited_in_all),
		TEST(test_write_is_sent_once),
		TEST(test_lost_reply_of_a_write),
		TEST(test_lost_reply_of_a_read),
		TEST(test_reset),
		TEST(test_truncated),
		TEST(test_garbage),
		TEST(test_retry_after),
		TEST(test_retry_after_as_a_date),
		TEST(test_retry_after_too_long),
		TEST(test_notice),
		TEST(test_remaining_0),
		TEST(test_own_rate_limit),
		TEST(test_redirect_is_not_followed),
		TEST(test_timeout),
		TEST(test_cancelled),
		TEST(test_too_large),
		TEST(test_refused),
		TEST(test_tls_failure),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_segments),
	};

	/* a proxy of the machine that runs the tests is not asked */
	setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
