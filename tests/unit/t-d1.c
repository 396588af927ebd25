/* D1's calls: what is sent, what is read, and what each error says. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cf/d1.h"
#include "cf/statement.h"
#include "cf/timetravel.h"
#include "server.h"

/* Made up; must never be seen in a message or a trace. */
#define TOKEN "made-up-Token_0123456789abcdef.xyz"
#define UUID "11111111-2222-3333-4444-555555555555"

/* The trace of the whole program. */
static char trace_path[] = "/tmp/git-d1-test-XXXXXX";

struct fixture {
	struct server server;
	struct d1_access access;
	struct d1_client *client;
	struct d1_reply reply;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	server_start(&fixture->server);
	fixture->access = (struct d1_access){
		.base_url = fixture->server.url,
		.account_id = "acc123",
		.token = TOKEN,
		.http = {
			.max_attempts = 2,
			.backoff_ms = 2,
			.timeout_ms = 5000,
			.max_wait_ms = 500,
		},
	};
	d1_reply_init(&fixture->reply);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	assert_null(strstr(fixture->err.message, TOKEN));
	assert_null(strstr(fixture->err.hint, TOKEN));
	d1_reply_release(&fixture->reply);
	d1_client_close(fixture->client);
	server_stop(&fixture->server);
	free(fixture);
	return 0;
}

static struct d1_client *client_of(struct fixture *fixture)
{
	if (!fixture->client &&
	    d1_client_open(&fixture->client, &fixture->access, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return fixture->client;
}

static struct d1_statement statement_of(const char *sql)
{
	return (struct d1_statement){ sql, strlen(sql), NULL, 0 };
}

static int run(struct fixture *fixture, enum d1_intent intent)
{
	struct d1_statement statement = statement_of("SELECT 1");

	d1_reply_release(&fixture->reply);
	return d1_raw(&fixture->reply, client_of(fixture), UUID, &statement, 1,
		      intent, &fixture->err);
}

#define SUCCESS(result) \
	"{\"result\":" result ",\"success\":true,\"errors\":[],\"messages\":[]}"
#define FAILURE(code, message) \
	"{\"result\":null,\"success\":false,\"errors\":[{\"code\":" code \
	",\"message\":\"" message "\"}],\"messages\":[]}"
#define ROWS(columns, rows) \
	"{\"results\":{\"columns\":" columns ",\"rows\":" rows "}," \
	"\"success\":true,\"meta\":{}}"

static void expect_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

/* --- statements --------------------------------------------------------- */

static void test_body(void **state)
{
	static const struct d1_param params[] = {
		{ "it's \"q\" \\ \n\r\t\b\f", 16 },
		{ "a\0b\x1f\x7f\xc3\xa9", 7 },
		{ "", 0 },
	};
	static const struct d1_statement statements[] = {
		{ "INSERT INTO \"t\" VALUES(?1,?2,?3)", 32, params, 3 },
		{ "SELECT 1", 8, NULL, 0 },
	};
	static const char expected[] =
		"{\"batch\":[{\"sql\":\"INSERT INTO \\\"t\\\""
		" VALUES(?1,?2,?3)\",\"params\":["
		"\"it's \\\"q\\\" \\\\ \\n\\r\\t\\b\\f\","
		"\"a\\u0000b\\u001f\x7f\xc3\xa9\",\"\"]},"
		"{\"sql\":\"SELECT 1\",\"params\":[]}]}";
	struct err err = ERR_INIT;
	struct buf body;

	(void)state;
	buf_init(&body, 4096);
	assert_int_equal(statements_write(&body, statements, 2, &err), 0);
	assert_string_equal(body.data, expected);
	assert_int_equal(statements_size(statements, 2), body.len);
	buf_release(&body);
}

static void expect_refused(const struct d1_statement *statement, size_t max,
			   enum d1_error code, const char *message)
{
	struct err err = ERR_INIT;
	struct buf body;

	buf_init(&body, max);
	assert_int_equal(statements_write(&body, statement, 1, &err), code);
	assert_string_equal(err.message, message);
	assert_null(body.data);
	buf_release(&body);
}

static void test_limits(void **state)
{
	struct d1_param many[D1_MAX_PARAMS + 1] = { { "x", 1 } };
	char *large = malloc(D1_MAX_VALUE + 1);
	struct d1_statement statement = statement_of("SELECT ?1");
	struct err err = ERR_INIT;
	struct buf body;

	(void)state;
	memset(large, 'x', D1_MAX_VALUE + 1);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct d1_param){ large, D1_MAX_VALUE };
	statement.params = many;
	statement.nparams = 1;
	buf_init(&body, (size_t)D1_MAX_VALUE * 2);
	assert_int_equal(statements_write(&body, &statement, 1, &err), 0);
	buf_release(&body);
	expect_refused(&statement, 1000, D1_EREFUSED,
		       "the call has 2000045"
		       " bytes, at most 1000 are sent to D1 at once");
	many[0].size++;
	expect_refused(&statement, SIZE_MAX, D1_EREFUSED,
		       "parameter 1 of statement 1 has 2000001 bytes, D1 takes"
		       " at most 2000000");
	many[0] = (struct d1_param){ "\xff", 1 };
	expect_refused(&statement, SIZE_MAX, D1_ERROR,
		       "parameter 1 of statement 1 is not valid UTF-8");
	statement.nparams = D1_MAX_PARAMS + 1;
	expect_refused(&statement, SIZE_MAX, D1_EREFUSED,
		       "statement 1 has 101 parameters, D1 takes at most 100");
	statement = (struct d1_statement){ large, D1_MAX_SQL + 1, NULL, 0 };
	expect_refused(&statement, SIZE_MAX, D1_EREFUSED,
		       "statement 1 has 100001 bytes, D1 takes at most"
		       " 100000");
	statement = (struct d1_statement){ "a\0b", 3, NULL, 0 };
	expect_refused(&statement, SIZE_MAX, D1_EREFUSED,
		       "statement 1 holds a NUL character");
	statement = statement_of(" \n");
	expect_refused(&statement, SIZE_MAX, D1_EREFUSED,
		       "statement 1 is empty");
	free(large);
}

/* --- what is read ------------------------------------------------------- */

static void test_request(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 200, "",
		      SUCCESS("[" ROWS("[]", "[]") "]"));
	assert_int_equal(run(fixture, D1_READ), 0);
	expect_part(fixture->server.log.data,
		    "POST /accounts/acc123/d1/database/" UUID "/raw HTTP/1.1");
	expect_part(fixture->server.log.data,
		    "\r\nAuthorization: Bearer " TOKEN "\r\n");
	expect_part(fixture->server.log.data,
		    "\r\nContent-Type: application/json\r\n");
	expect_part(
		fixture->server.log.data,
		"\r\n\r\n{\"batch\":[{\"sql\":\"SELECT 1\",\"params\":[]}]}");
}

static void test_key_and_email(void **state)
{
	struct fixture *fixture = *state;

	fixture->access.token = NULL;
	fixture->access.key = TOKEN;
	fixture->access.email = "me@example.com";
	server_answer(&fixture->server, 200, "",
		      SUCCESS("[" ROWS("[]", "[]") "]"));
	assert_int_equal(run(fixture, D1_READ), 0);
	expect_part(fixture->server.log.data, "\r\nX-Auth-Key: " TOKEN "\r\n");
	expect_part(fixture->server.log.data,
		    "\r\nX-Auth-Email: me@example.com\r\n");
}

static void expect_cell(const struct d1_cell *cell, enum d1_cell_type type,
			const char *data, size_t size)
{
	assert_int_equal(cell->type, type);
	assert_int_equal(cell->size, size);
	if (size)
		assert_memory_equal(cell->data, data, size);
}

static void test_cells(void **state)
{
	static const char body[] = SUCCESS("[" ROWS(
		"[\"a\",\"b\",\"a\"]",
		"[[null,1.5e-3,\"x\\u0000\\ud83d\\ude00\"],"
		"[true,-9007199254740991,[0,255,10]],[[],false,\"\"]]") "]");
	struct fixture *fixture = *state;
	const struct d1_result *result;
	const struct d1_cell *row;

	server_answer(&fixture->server, 200, "", body);
	assert_int_equal(run(fixture, D1_READ), 0);
	assert_int_equal(fixture->reply.fate, D1_DONE);
	assert_int_equal(fixture->reply.nresults, 1);
	result = &fixture->reply.results[0];
	assert_int_equal(result->ncolumns, 3);
	assert_int_equal(result->nrows, 3);
	assert_memory_equal(result->columns[0].data, "a", 1);
	assert_memory_equal(result->columns[1].data, "b", 1);
	assert_memory_equal(result->columns[2].data, "a", 1);
	row = d1_result_row(result, 0);
	expect_cell(&row[0], D1_CELL_NULL, NULL, 0);
	expect_cell(&row[1], D1_CELL_NUMBER, "1.5e-3", 6);
	assert_true(row[1].number == 1.5e-3);
	expect_cell(&row[2], D1_CELL_STRING, "x\0\xf0\x9f\x98\x80", 6);
	row = d1_result_row(result, 1);
	expect_cell(&row[0], D1_CELL_BOOLEAN, NULL, 0);
	assert_true(row[0].number == 1);
	expect_cell(&row[1], D1_CELL_NUMBER, "-9007199254740991", 17);
	assert_true(row[1].number == -9007199254740991.0);
	expect_cell(&row[2], D1_CELL_BYTES, "\0\xff\n", 3);
	row = d1_result_row(result, 2);
	expect_cell(&row[0], D1_CELL_BYTES, NULL, 0);
	assert_true(row[1].number == 0);
	expect_cell(&row[2], D1_CELL_STRING, NULL, 0);
}

static void test_meta(void **state)
{
	static const char body[] = SUCCESS(
		"[{\"meta\":{\"served_by\":\"v3\",\"served_by_primary\":true,"
		"\"duration\":0.25,\"changes\":3,\"last_row_id\":7,"
		"\"changed_db\":false,\"size_after\":4096,\"rows_read\":11,"
		"\"rows_written\":12,\"total_attempts\":2,"
		"\"timings\":{\"sql_duration_ms\":0.1}},\"success\":true,"
		"\"results\":{\"rows\":[[1]],\"columns\":[\"x\"]}}," ROWS(
			"[]", "[]") "]");
	struct d1_statement statements[] = {
		statement_of("SELECT 1"),
		statement_of("SELECT 2"),
	};
	struct fixture *fixture = *state;
	const struct d1_meta *meta;

	server_answer(&fixture->server, 200, "", body);
	assert_int_equal(d1_raw(&fixture->reply, client_of(fixture), UUID,
				statements, 2, D1_WRITE, &fixture->err),
			 0);
	assert_int_equal(fixture->reply.nresults, 2);
	meta = &fixture->reply.results[0].meta;
	assert_int_equal(meta->rows_read, 11);
	assert_int_equal(meta->rows_written, 12);
	assert_int_equal(meta->changes, 3);
	assert_int_equal(meta->last_row_id, 7);
	assert_int_equal(meta->size_after, 4096);
	assert_int_equal(meta->total_attempts, 2);
	assert_int_equal(meta->served_by_primary, 1);
	assert_int_equal(meta->changed_db, 0);
	assert_true(meta->duration_ms == 0.25);
	assert_int_equal(fixture->reply.results[0].nrows, 1);
	meta = &fixture->reply.results[1].meta;
	assert_int_equal(meta->rows_read, -1);
	assert_int_equal(meta->served_by_primary, -1);
	assert_true(meta->duration_ms == -1);
	assert_int_equal(fixture->reply.results[1].nrows, 0);
}

static void test_unexpected_replies(void **state)
{
	static const struct {
		const char *body;
		const char *message;
	} cases[] = {
		{ SUCCESS("{}"), "the array of results is missing" },
		{ SUCCESS("[]"), "0 results for 1 statements" },
		{ SUCCESS("[1]"), "a result is no object" },
		{ "{\"success\":true}", "the array of results is missing" },
		{ SUCCESS("[" ROWS("[\"a\"]", "[[1],[1,2]]") "]"),
		  "row 2 has 2 values, not 1" },
		{ SUCCESS("[" ROWS("[\"a\",\"b\"]", "[[1]]") "]"),
		  "2 columns, but 1 values in a row" },
		{ SUCCESS("[" ROWS("[\"a\"]", "[{\"a\":1}]") "]"),
		  "a row is no array" },
		{ SUCCESS("[" ROWS("[\"a\"]", "[[{}]]") "]"),
		  "an object as a value" },
		{ SUCCESS("[" ROWS("[\"a\"]", "[[[256]]]") "]"),
		  "no byte of a blob" },
		{ SUCCESS("[" ROWS("[\"a\"]", "[[[\"x\"]]]") "]"),
		  "the end of a blob is missing" },
		{ SUCCESS("[" ROWS("[1]", "[]") "]"),
		  "the name of a column is no text" },
		{ SUCCESS("[{\"success\":false,\"error\":\"odd\"}]"),
		  "a statement failed: odd" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		err_clear(&fixture->err);
		server_forget(&fixture->server);
		server_answer(&fixture->server, 200, "", cases[i].body);
		assert_int_equal(run(fixture, D1_WRITE), D1_ERROR);
		expect_part(fixture->err.message, cases[i].message);
		assert_int_equal(fixture->reply.fate, D1_UNKNOWN);
		assert_int_equal(fixture->reply.nresults, 0);
	}
}

static void test_overlap(void **state)
{
	struct d1_statement statement = statement_of("SELECT 1");
	struct fixture *fixture = *state;
	struct d1_call *calls[3];

	for (int i = 0; i < 3; i++)
		server_answer(&fixture->server, 200, "",
			      SUCCESS("[" ROWS("[\"a\"]", "[[1]]") "]"));
	for (int i = 0; i < 3; i++)
		assert_int_equal(d1_raw_begin(&calls[i], client_of(fixture),
					      UUID, &statement, 1, D1_READ,
					      &fixture->err),
				 0);
	for (int i = 0; i < 2; i++) {
		d1_reply_release(&fixture->reply);
		assert_int_equal(d1_raw_finish(calls[i], &fixture->reply,
					       &fixture->err),
				 0);
		assert_int_equal(fixture->reply.results[0].nrows, 1);
	}
	d1_raw_cancel(calls[2]);
	d1_raw_cancel(NULL);
}

/* --- bookmark ----------------------------------------------------------- */

static void test_bookmark(void **state)
{
	struct fixture *fixture = *state;
	char *bookmark;

	server_answer(&fixture->server, 200, "",
		      SUCCESS("{\"bookmark\":\"00000085-0000024c\"}"));
	assert_int_equal(d1_bookmark(&bookmark, client_of(fixture), UUID,
				     &fixture->err),
			 0);
	assert_string_equal(bookmark, "00000085-0000024c");
	expect_part(fixture->server.log.data,
		    "GET /accounts/acc123/d1/database/" UUID
		    "/time_travel/bookmark ");
	free(bookmark);
	server_answer(&fixture->server, 200, "", SUCCESS("{}"));
	assert_int_equal(d1_bookmark(&bookmark, client_of(fixture), UUID,
				     &fixture->err),
			 D1_ERROR);
	assert_null(bookmark);
}

static void test_time_travel(void **state)
{
	static const char point[] =
		"00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";
	struct fixture *fixture = *state;
	enum d1_fate fate;
	char *bookmark;

	assert_true(timetravel_is_bookmark(point));
	assert_false(timetravel_is_bookmark(point + 1));
	assert_false(timetravel_is_bookmark("2026-11-21T09:30:05Z"));
	server_answer(&fixture->server, 200, "",
		      SUCCESS("{\"bookmark\":\"00000085-0000024c\"}"));
	assert_int_equal(timetravel_bookmark(&bookmark, client_of(fixture),
					     UUID, 1795253405500000,
					     &fixture->err),
			 0);
	assert_string_equal(bookmark, "00000085-0000024c");
	free(bookmark);
	expect_part(fixture->server.log.data,
		    "GET /accounts/acc123/d1/database/" UUID
		    "/time_travel/bookmark"
		    "?timestamp=2026-11-21T09%3A30%3A05.500000Z ");
	server_answer(&fixture->server, 200, "",
		      SUCCESS("{\"bookmark\":\"00000086-00000000\","
			      "\"previous_bookmark\":\"00000085-ffffffff\","
			      "\"message\":\"\"}"));
	assert_int_equal(timetravel_restore(&fate, &bookmark,
					    client_of(fixture), UUID, point,
					    &fixture->err),
			 0);
	assert_int_equal(fate, D1_DONE);
	assert_string_equal(bookmark, "00000085-ffffffff");
	free(bookmark);
	expect_part(fixture->server.log.data,
		    "POST /accounts/acc123/d1/database/" UUID
		    "/time_travel/restore?bookmark=00000085-0000024c-00004c6d-"
		    "8e61117bf38d7adb71b934ebbf891683 ");
	expect_part(fixture->server.log.data, "Content-Length: 0");
	assert_null(strstr(fixture->server.log.data, "urlencoded"));
}

/* It is not sent again: it may have been carried out. */
static void test_restore_fails(void **state)
{
	struct fixture *fixture = *state;
	enum d1_fate fate;
	char *bookmark;

	server_answer(&fixture->server, 504, "", "<html>");
	assert_int_equal(timetravel_restore(&fate, &bookmark,
					    client_of(fixture), UUID, "1",
					    &fixture->err),
			 D1_EUNREACHABLE);
	assert_int_equal(fate, D1_UNKNOWN);
	assert_null(bookmark);
	err_clear(&fixture->err);
	server_answer(&fixture->server, 403, "",
		      FAILURE("10000", "Authentication error"));
	assert_int_equal(timetravel_restore(&fate, &bookmark,
					    client_of(fixture), UUID, "1",
					    &fixture->err),
			 D1_EAUTH);
	assert_int_equal(fate, D1_NOT_DONE);
}

/* --- the Local Explorer ------------------------------------------------- */

static void test_explorer(void **state)
{
	struct fixture *fixture = *state;
	char *bookmark;

	fixture->access.account_id = NULL;
	fixture->access.token = NULL;
	/* the developer's own program answers at the first two places */
	server_answer(&fixture->server, 200, "", "hello");
	server_answer(&fixture->server, 200, "", "{\"info\":{\"title\":\"\"}}");
	server_answer(&fixture->server, 200, "",
		      "{\"openapi\":\"3.0.3\",\"info\":{\"title\":"
		      "\"Local Explorer API\"}}");
	/* it is looked for once; no columns if there are no rows */
	server_answer(&fixture->server, 200, "",
		      SUCCESS("[{\"results\":{\"columns\":[],\"rows\":[]},"
			      "\"success\":true,\"meta\":{\"rows_read\":0}}]"));
	assert_int_equal(run(fixture, D1_READ), 0);
	assert_int_equal(fixture->reply.results[0].ncolumns, 0);
	expect_part(fixture->server.log.data,
		    "POST /cdn-cgi/explorer/api/d1/database/" UUID "/raw ");
	assert_null(strstr(fixture->server.log.data, "Authorization"));
	assert_int_equal(d1_bookmark(&bookmark, client_of(fixture), UUID,
				     &fixture->err),
			 D1_ENOTFOUND);
}

static void test_explorer_sql_error(void **state)
{
	struct fixture *fixture = *state;

	fixture->access.account_id = NULL;
	server_answer(&fixture->server, 200, "",
		      "{\"info\":{\"title\":\"Local Explorer API\"}}");
	server_answer(&fixture->server, 500, "",
		      FAILURE("10001", "D1_ERROR: no such table: x"));
	assert_int_equal(run(fixture, D1_READ), D1_ERROR);
	assert_string_equal(fixture->reply.sql_error,
			    "D1_ERROR: no such table: x");
	/* its batches are not atomic */
	assert_int_equal(fixture->reply.fate, D1_UNKNOWN);
	assert_int_equal(fixture->server.nrequests, 2);
}

static void test_no_explorer(void **state)
{
	struct fixture *fixture = *state;

	fixture->access.account_id = NULL;
	for (int i = 0; i < 3; i++)
		server_answer(&fixture->server, 200, "", "hello");
	assert_int_equal(run(fixture, D1_READ), D1_EUNREACHABLE);
	expect_part(fixture->err.message, "there is no Local Explorer at");
	expect_part(fixture->err.hint, "wrangler dev");
}

/* --- errors ------------------------------------------------------------- */

struct error_case {
	int status;
	const char *headers;
	const char *body;
	enum d1_error code;
	const char *message; /* a part of it */
	const char *hint;    /* a part of it; NULL: none */
	enum d1_fate fate;
	size_t requests; /* of a read, which may try twice */
};

#define HTML_PAGE "<!DOCTYPE html><html>Just a moment...</html>"
#define IS_HTML "Content-Type: text/html; charset=UTF-8\r\n"

static const struct error_case error_cases[] = {
	/* token and permission */
	{ 401, "", FAILURE("10000", "Authentication error"), D1_EAUTH,
	  "does not accept the API token: Authentication error [code: 10000]",
	  "Account / D1 / Read", D1_NOT_DONE, 1 },
	{ 403, "", FAILURE("10000", "Authentication error"), D1_EAUTH,
	  "lacks the permission \"D1 Read\" for account 'acc123'",
	  "wrangler login", D1_NOT_DONE, 1 },
	{ 403, "", FAILURE("9109", "Invalid access token"), D1_EAUTH,
	  "does not accept the API token", "CLOUDFLARE_API_TOKEN", D1_NOT_DONE,
	  1 },
	{ 400, "", FAILURE("9106", "Missing X-Auth-Key"), D1_EAUTH,
	  "does not accept the API token", "wrangler login", D1_NOT_DONE, 1 },
	{ 400, "",
	  "{\"success\":false,\"errors\":[{\"code\":6003,\"message\":\"Invalid "
	  "request headers\",\"error_chain\":[{\"code\":6111,\"message\":"
	  "\"Invalid format for Authorization header\"}]}],\"messages\":[],"
	  "\"result\":null}",
	  D1_EAUTH,
	  "Invalid request headers; Invalid format for Authorization header"
	  " [code: 6003]",
	  "CLOUDFLARE_API_TOKEN", D1_NOT_DONE, 1 },
	{ 403, "", FAILURE("7403", "The given account is not valid"), D1_EAUTH,
	  "is not valid for account 'acc123'", "account_id", D1_NOT_DONE, 1 },
	/* not found */
	{ 404, "", FAILURE("7404", "The database could not be found"),
	  D1_ENOTFOUND, "there is no database '" UUID "' in account 'acc123'",
	  "database_id", D1_NOT_DONE, 1 },
	{ 404, "", FAILURE("7003", "Could not route to /x"), D1_ENOTFOUND,
	  "Could not route to /x", "account_id", D1_NOT_DONE, 1 },
	/* limits */
	{ 429, "Retry-After: 300\r\n", FAILURE("971", "Slow down"),
	  D1_EUNREACHABLE, "limits the number of requests: Slow down",
	  "try again in 300 s;", D1_NOT_DONE, 1 },
	{ 429, "", HTML_PAGE, D1_EUNREACHABLE, "limits the number of requests",
	  "in 5 minutes", D1_NOT_DONE, 2 },
	{ 429, "",
	  FAILURE("7500", "D1 DB is overloaded. Requests queued for"
			  " too long."),
	  D1_EUNREACHABLE, "D1 is overloaded: D1 DB is overloaded", "later",
	  D1_NOT_DONE, 2 },
	{ 413, "", FAILURE("1", "too large"), D1_ERROR, "too large",
	  "smaller parts", D1_NOT_DONE, 1 },
	/* SQL */
	{ 400, "",
	  FAILURE("7500", "near \\\"selec\\\": syntax error at offset"
			  " 0: SQLITE_ERROR"),
	  D1_ERROR,
	  "D1 refused a statement: near \"selec\": syntax error at offset 0:"
	  " SQLITE_ERROR [code: 7500]",
	  NULL, D1_NOT_DONE, 1 },
	{ 400, "", FAILURE("7500", "no such table: overloaded: SQLITE_ERROR"),
	  D1_ERROR, "D1 refused a statement: no such table: overloaded", NULL,
	  D1_NOT_DONE, 1 },
	/* D1 in trouble */
	{ 500, "CF-Ray: 8f0-TXL\r\n",
	  FAILURE("7500", "internal error; reference = abc"), D1_EUNREACHABLE,
	  "D1 is in trouble: internal error; reference = abc [code: 7500]"
	  " (ray 8f0-TXL) (after 2 attempts)",
	  "later", D1_UNKNOWN, 2 },
	{ 500, "",
	  FAILURE("7500", "Internal error in D1 storage caused"
			  " object to be reset."),
	  D1_EUNREACHABLE, "caused object to be reset", "later", D1_UNKNOWN,
	  2 },
	{ 400, "", FAILURE("7500", "Network connection lost."), D1_EUNREACHABLE,
	  "Network connection lost", "later", D1_UNKNOWN, 2 },
	{ 500, "",
	  FAILURE("7500", "D1 DB storage operation exceeded timeout"
			  " which caused object to be reset."),
	  D1_ERROR, "D1 gave up on the call", "smaller parts", D1_UNKNOWN, 1 },
	{ 500, "",
	  FAILURE("7500", "D1 DB's isolate exceeded its memory limit"
			  " and was reset."),
	  D1_ERROR, "exceeded its memory limit", "smaller parts", D1_UNKNOWN,
	  1 },
	{ 502, "", FAILURE("1", "odd"), D1_EUNREACHABLE, "odd", "later",
	  D1_UNKNOWN, 2 },
	/* not the API at all */
	{ 504, IS_HTML, HTML_PAGE, D1_EUNREACHABLE,
	  "answered with a web page (HTTP status 504)", "later", D1_UNKNOWN,
	  2 },
	{ 200, IS_HTML, HTML_PAGE, D1_EUNREACHABLE, "answered with a web page",
	  "proxy", D1_UNKNOWN, 2 },
	{ 403, IS_HTML "cf-mitigated: challenge\r\n", HTML_PAGE,
	  D1_EUNREACHABLE, "takes git-d1 for a robot", "another network",
	  D1_NOT_DONE, 1 },
	{ 403, IS_HTML, HTML_PAGE, D1_EUNREACHABLE, "answered with a web page",
	  "firewall", D1_NOT_DONE, 1 },
	{ 302, "Location: https://login.example/x?token=1\r\n", "",
	  D1_EUNREACHABLE,
	  "redirects to 'https://login.example/x', which is"
	  " not followed",
	  "CLOUDFLARE_API_BASE_URL", D1_NOT_DONE, 1 },
	{ 200, "", "", D1_EUNREACHABLE, "sent an empty reply", "later",
	  D1_UNKNOWN, 2 },
	{ 200, "", "{\"result\":[{\"resu", D1_EUNREACHABLE,
	  "is cut off or damaged (HTTP status 200): invalid JSON at byte 17:"
	  " the text ends too early",
	  "later", D1_UNKNOWN, 2 },
	{ 200, "", "{\"result\":[oops],\"success\":true}", D1_EUNREACHABLE,
	  "invalid JSON at byte 11: a value expected", "later", D1_UNKNOWN, 1 },
	{ 200, "", "hello", D1_EUNREACHABLE,
	  "does not answer as Cloudflare's API does", "base URL", D1_UNKNOWN,
	  1 },
	{ 200, "", "{\"hello\":1}", D1_EUNREACHABLE,
	  "the reply has no member 'success'", "later", D1_UNKNOWN, 1 },
	{ 404, "", "not found", D1_EUNREACHABLE,
	  "does not answer as Cloudflare's API does (HTTP status 404)",
	  "base URL", D1_UNKNOWN, 1 },
	/* success in HTTP only */
	{ 200, "", FAILURE("7999", "no"), D1_ERROR,
	  "could not do it: no [code: 7999]", NULL, D1_UNKNOWN, 1 },
	{ 200, "", "{\"success\":false,\"errors\":[],\"result\":{}}", D1_ERROR,
	  "could not do it: HTTP status 200", NULL, D1_UNKNOWN, 1 },
	{ 400, "", FAILURE("7400", "a; b\\\"},{"), D1_ERROR,
	  "refused the call (HTTP status 400): a; b\"},{ [code: 7400]", NULL,
	  D1_NOT_DONE, 1 },
};

static void check_case(struct fixture *fixture, const struct error_case *it,
		       enum d1_intent intent)
{
	err_clear(&fixture->err);
	d1_client_close(fixture->client);
	fixture->client = NULL;
	server_forget(&fixture->server);
	for (int i = 0; i < 2; i++)
		server_answer(&fixture->server, it->status, it->headers,
			      it->body);
	if (run(fixture, intent) != (int)it->code)
		fail_msg("code %d for '%s'", fixture->err.code,
			 fixture->err.message);
	if (intent == D1_READ)
		expect_part(fixture->err.message, it->message);
	assert_int_equal(fixture->reply.fate, it->fate);
	assert_int_equal(fixture->reply.nresults, 0);
	assert_int_equal(fixture->server.nrequests,
			 intent == D1_READ ? it->requests : 1);
	assert_int_equal(fixture->err.hint[0] != '\0', it->hint != NULL);
	if (it->hint && intent == D1_READ)
		expect_part(fixture->err.hint, it->hint);
	assert_null(strstr(fixture->err.message, TOKEN));
	assert_null(strstr(fixture->err.hint, TOKEN));
}

static void test_errors(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(error_cases); i++) {
		check_case(*state, &error_cases[i], D1_READ);
		check_case(*state, &error_cases[i], D1_WRITE);
	}
}

static void test_permission_to_write(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 403, "",
		      FAILURE("10000", "Authentication error"));
	assert_int_equal(run(fixture, D1_WRITE), D1_EAUTH);
	expect_part(fixture->err.message, "\"D1 Edit\"");
	expect_part(fixture->err.hint, "Account / D1 / Edit");
}

static void test_sql_error_is_kept_whole(void **state)
{
	struct fixture *fixture = *state;
	char *message = malloc(20001);
	char *body = malloc(30000);

	memset(message, 'k', 20000);
	message[20000] = '\0';
	snprintf(body, 30000, FAILURE("7500", "bad JSON path: '%s'"), message);
	server_answer(&fixture->server, 400, "", body);
	assert_int_equal(run(fixture, D1_WRITE), D1_ERROR);
	assert_int_equal(strlen(fixture->reply.sql_error), 20017);
	assert_int_equal(fixture->reply.fate, D1_NOT_DONE);
	free(body);
	free(message);
}

static void test_success_in_between(void **state)
{
	struct fixture *fixture = *state;

	server_answer(&fixture->server, 500, "",
		      FAILURE("7500", "internal error; reference = abc"));
	server_answer(&fixture->server, 200, "",
		      SUCCESS("[" ROWS("[\"a\"]", "[[1]]") "]"));
	assert_int_equal(run(fixture, D1_READ), 0);
	assert_int_equal(d1_client_stats(fixture->client)->requests, 2);
}

static void test_unreachable(void **state)
{
	struct fixture *fixture = *state;
	struct server gone;

	server_start(&gone);
	server_stop(&gone);
	fixture->access.base_url = gone.url;
	assert_int_equal(run(fixture, D1_WRITE), D1_EUNREACHABLE);
	assert_int_equal(fixture->reply.fate, D1_NOT_DONE);
}

static void test_bad_access(void **state)
{
	static const struct {
		struct d1_access access;
		enum d1_error code;
		const char *message;
	} cases[] = {
		{ { .account_id = "a" }, D1_EAUTH, "there is no API token" },
		{ { .account_id = "a", .key = "k" },
		  D1_EAUTH,
		  "there is no API token" },
		{ { .account_id = "", .token = TOKEN },
		  D1_EAUTH,
		  "the account id is empty" },
		{ { .account_id = "a", .token = "" },
		  D1_EAUTH,
		  "the API token is empty" },
		{ { .account_id = "a", .token = TOKEN "\r\nX: y" },
		  D1_EAUTH,
		  "the API token holds a character that none has" },
		{ { .account_id = "a",
		    .token = TOKEN,
		    .base_url = "https://api.example/?x=y" },
		  D1_ERROR,
		  "the base URL of the API holds a '?' or '#'" },
		{ { .account_id = "a",
		    .token = TOKEN,
		    .base_url = "http://api.example" },
		  D1_EREFUSED,
		  "'http://api.example' is not https" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct d1_access access = cases[i].access;
		struct d1_client *client;
		struct err err = ERR_INIT;

		if (!access.base_url)
			access.base_url = "https://api.example";
		assert_int_equal(d1_client_open(&client, &access, &err),
				 cases[i].code);
		assert_null(client);
		assert_string_equal(err.message, cases[i].message);
		assert_null(strstr(err.hint, TOKEN));
	}
}

/* Last of all: what the other tests have left in the trace. */
static void test_no_secret_in_the_trace(void **state)
{
	FILE *file = fopen(trace_path, "r");
	struct buf text;
	char *space;

	(void)state;
	assert_non_null(file);
	buf_init(&text, (size_t)64 << 20);
	space = buf_extend(&text, (size_t)32 << 20);
	buf_truncate(&text, fread(space, 1, (size_t)32 << 20, file));
	assert_true(text.len > 10000);
	assert_null(strstr(text.data, TOKEN));
	expect_part(text.data, "=> Send header: Authorization: <redacted>\n");
	expect_part(text.data, "=> Send header: X-Auth-Key: <redacted>\n");
	expect_part(text.data, "<= Recv header: HTTP/1.1 200 X\n");
	expect_part(text.data, "<= Recv data: {\"result\":");
	expect_part(text.data, "trace git-d1: http: POST http://127.0.0.1:");
	fclose(file);
	buf_release(&text);
	unlink(trace_path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_limits),
		TEST(test_request),
		TEST(test_key_and_email),
		TEST(test_cells),
		TEST(test_meta),
		TEST(test_unexpected_replies),
		TEST(test_overlap),
		TEST(test_bookmark),
		TEST(test_time_travel),
		TEST(test_restore_fails),
		TEST(test_explorer),
		TEST(test_explorer_sql_error),
		TEST(test_no_explorer),
		TEST(test_errors),
		TEST(test_permission_to_write),
		TEST(test_sql_error_is_kept_whole),
		TEST(test_success_in_between),
		TEST(test_unreachable),
		cmocka_unit_test(test_bad_access),
		cmocka_unit_test(test_no_secret_in_the_trace),
	};

	close(mkstemp(trace_path));
	setenv("GIT_TRACE", trace_path, 1);
	setenv("GIT_TRACE_CURL", trace_path, 1);
	setenv("GIT_TRACE_REDACT", "0", 1);
	unsetenv("GIT_TRACE_CURL_NO_DATA");
	setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
