#include "config.h"

#include "cf/timetravel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cf/call.h"
#include "cf/fields.h"
#include "cf/url.h"

enum { MAX_URL = 8192, SECOND = 1000000 };

bool timetravel_is_bookmark(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxxxxxx-xxxxxxxx-"
				   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-'
				   : !strchr("0123456789abcdef", text[i]))
			return false;
	return true;
}

static int add_url(struct buf *url, struct d1_client *client,
		   const char *database_id, const char *what, struct err *err)
{
	if (!call_account(client))
		return err_set(err, D1_ENOTFOUND,
			       "the Local Explorer has no Time Travel");
	if (call_add_account(url, client, err) < 0)
		return err->code;
	buf_add_string(url, "/d1/database");
	url_add_segment(url, database_id);
	buf_add_string(url, "/time_travel/");
	buf_add_string(url, what);
	return 0;
}

/* What both calls answer; NULL where nothing is said. */
struct points {
	const char *bookmark;
	const char *previous;
};

static int read_points(struct points *points, struct json *json,
		       struct arena *arena, struct err *err)
{
	static const struct field fields[] = {
		{ "bookmark", FIELD_TEXT, offsetof(struct points, bookmark) },
		{ "previous_bookmark", FIELD_TEXT,
		  offsetof(struct points, previous) },
	};
	struct json_token token;

	if (json_next(json, &token, err) < 0)
		return err->code;
	return fields_read(json, &token, fields, ARRAY_SIZE(fields), points,
			   arena, err);
}

/* Asks and waits; the points are in the arena. */
static int ask(struct answer *answer, struct points *points,
	       struct arena *arena, struct d1_client *client,
	       const struct call_request *request, struct err *err)
{
	struct call *call;
	struct buf body;

	*answer = (struct answer){ .fate = D1_NOT_DONE };
	*points = (struct points){ NULL, NULL };
	buf_init(&body, 0);
	if (call_begin(&call, client, request, err) == 0 &&
	    call_finish(call, answer, &body, arena, err) == 0)
		(void)!read_points(points, &answer->result, arena, err);
	buf_release(&body);
	return err->code;
}

static int copy(char **copied, const char *text, struct err *err)
{
	*copied = text ? strdup(text) : NULL;
	return text && !*copied ? err_set_nomem(err) : 0;
}

/* "2026-11-21T09:30:05.000000Z" */
static int add_time(struct buf *url, int64_t time, struct err *err)
{
	int64_t fraction = time % SECOND;
	time_t seconds;
	char text[64], stamp[32];
	struct tm tm;

	if (fraction < 0)
		fraction += SECOND;
	seconds = (time_t)((time - fraction) / SECOND);
	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm))
		return err_set(err, D1_EUSAGE, "that is no time");
	snprintf(text, sizeof(text), "%s.%06dZ", stamp, (int)fraction);
	buf_add_string(url, "?timestamp=");
	url_add_value(url, text);
	return 0;
}

int timetravel_bookmark(char **bookmark, struct d1_client *client,
			const char *database_id, int64_t time, struct err *err)
{
	struct call_request request = { .method = "GET",
					.database = database_id };
	struct arena arena = ARENA_INIT;
	struct points points;
	struct answer answer;
	struct buf url;

	*bookmark = NULL;
	buf_init(&url, MAX_URL);
	if (add_url(&url, client, database_id, "bookmark", err) < 0 ||
	    add_time(&url, time, err) < 0 ||
	    buf_check(&url, "the URL", err) < 0)
		goto out;
	request.url = url.data;
	if (ask(&answer, &points, &arena, client, &request, err) < 0)
		goto out;
	if (points.bookmark)
		(void)!copy(bookmark, points.bookmark, err);
	else
		err_set(err, D1_ERROR,
			"unexpected reply: the bookmark is missing");
out:
	buf_release(&url);
	arena_release(&arena);
	return err->code;
}

int timetravel_restore(enum d1_fate *fate, char **previous,
		       struct d1_client *client, const char *database_id,
		       const char *bookmark, struct err *err)
{
	struct call_request request = { .method = "POST",
					.database = database_id,
					.writes = true };
	struct arena arena = ARENA_INIT;
	struct points points;
	struct answer answer = { .fate = D1_NOT_DONE };
	struct buf url;

	*previous = NULL;
	buf_init(&url, MAX_URL);
	if (add_url(&url, client, database_id, "restore", err) < 0)
		goto out;
	buf_add_string(&url, "?bookmark=");
	url_add_value(&url, bookmark);
	if (buf_check(&url, "the URL", err) < 0)
		goto out;
	request.url = url.data;
	if (ask(&answer, &points, &arena, client, &request, err) == 0)
		(void)!copy(previous, points.previous, err);
out:
	*fate = answer.fate;
	buf_release(&url);
	arena_release(&arena);
	return err->code;
}
