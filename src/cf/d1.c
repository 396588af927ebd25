#include "config.h"

#include "cf/d1.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cf/call.h"
#include "cf/fields.h"
#include "cf/url.h"

enum { MAX_URL = 8192 };

/* --- statements --------------------------------------------------------- */

struct d1_call {
	struct call *call;
	size_t nstatements;
};

int d1_raw_begin(struct d1_call **call, struct d1_client *client,
		 const char *database_id, const struct d1_statement *statements,
		 size_t count, enum d1_intent intent, struct err *err)
{
	struct call_request request = {
		.method = "POST",
		.database = database_id,
		.writes = intent == D1_WRITE,
	};
	struct d1_call *begun = calloc(1, sizeof(*begun));
	struct buf url, body;
	int rc;

	*call = NULL;
	if (!begun)
		return err_set_nomem(err);
	buf_init(&url, MAX_URL);
	buf_init(&body, call_max_body(client));
	rc = statements_write(&body, statements, count, err);
	if (!rc)
		rc = call_add_account(&url, client, err);
	if (rc)
		goto out;
	buf_add_string(&url, "/d1/database");
	url_add_segment(&url, database_id);
	buf_add_string(&url, "/raw");
	rc = buf_check(&url, "the URL", err);
	if (rc)
		goto out;
	request.url = url.data;
	request.body = &body;
	begun->nstatements = count;
	rc = call_begin(&begun->call, client, &request, err);
	if (rc)
		goto out;
	*call = begun;
	begun = NULL;
out:
	free(begun);
	buf_release(&body);
	buf_release(&url);
	return rc;
}

void d1_raw_cancel(struct d1_call *call)
{
	if (!call)
		return;
	call_cancel(call->call);
	free(call);
}

static int check_count(const struct d1_reply *reply, size_t expected,
		       struct err *err)
{
	if (reply->nresults == expected)
		return 0;
	return err_set(err, D1_ERROR,
		       "unexpected reply: %zu results for %zu"
		       " statements",
		       reply->nresults, expected);
}

int d1_raw_finish(struct d1_call *call, struct d1_reply *reply, struct err *err)
{
	size_t expected = call->nstatements;
	struct answer answer;
	int rc;

	d1_reply_init(reply);
	rc = call_finish(call->call, &answer, &reply->body, &reply->arena, err);
	free(call);
	reply->fate = answer.fate;
	reply->sql_error = answer.sql_error;
	if (rc)
		return rc;
	rc = d1_reply_read(reply, &answer.result, err);
	if (!rc)
		rc = check_count(reply, expected, err);
	if (rc) {
		/* it says success, but not of what */
		reply->fate = D1_UNKNOWN;
		d1_reply_clear(reply);
	}
	return rc;
}

int d1_raw(struct d1_reply *reply, struct d1_client *client,
	   const char *database_id, const struct d1_statement *statements,
	   size_t count, enum d1_intent intent, struct err *err)
{
	struct d1_call *call;
	int rc;

	d1_reply_init(reply);
	rc = d1_raw_begin(&call, client, database_id, statements, count, intent,
			  err);
	if (call)
		rc = d1_raw_finish(call, reply, err);
	return rc;
}

/* --- bookmark ----------------------------------------------------------- */

/* Asks and waits: a call without a body that changes nothing. */
static int get(struct answer *answer, struct buf *body, struct arena *arena,
	       struct d1_client *client, const struct buf *url,
	       const char *database, struct err *err)
{
	struct call_request request = {
		.method = "GET",
		.url = url->data,
		.database = database,
	};
	struct call *call;

	if (buf_check(url, "the URL", err) ||
	    call_begin(&call, client, &request, err))
		return err->code;
	return call_finish(call, answer, body, arena, err);
}

/* Reads the text of that name in the object that is the answer. */
static int read_text(char **text, struct answer *answer, struct arena *arena,
		     const char *name, struct err *err)
{
	const struct field field = { name, FIELD_TEXT, 0 };
	const char *found = NULL;
	struct json_token token;

	if (json_next(&answer->result, &token, err) ||
	    fields_read(&answer->result, &token, &field, 1, (void *)&found,
			arena, err))
		return err->code;
	if (!found)
		return err_set(err, D1_ERROR,
			       "unexpected reply: the %s is missing", name);
	*text = strdup(found);
	return *text ? 0 : err_set_nomem(err);
}

int d1_bookmark(char **bookmark, struct d1_client *client,
		const char *database_id, struct err *err)
{
	struct arena arena = ARENA_INIT;
	struct answer answer;
	struct buf url, body;

	*bookmark = NULL;
	if (!call_account(client))
		return err_set(err, D1_ENOTFOUND,
			       "the Local Explorer has no bookmarks");
	buf_init(&url, MAX_URL);
	buf_init(&body, 0);
	if (call_add_account(&url, client, err))
		goto out;
	buf_add_string(&url, "/d1/database");
	url_add_segment(&url, database_id);
	buf_add_string(&url, "/time_travel/bookmark");
	if (get(&answer, &body, &arena, client, &url, database_id, err) == 0)
		(void)!read_text(bookmark, &answer, &arena, "bookmark", err);
out:
	buf_release(&body);
	buf_release(&url);
	arena_release(&arena);
	return err->code;
}
