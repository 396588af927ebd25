#include "config.h"

#include "cf/d1.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cf/call.h"
#include "cf/fields.h"
#include "cf/url.h"

enum {
	MAX_URL = 8192,
	/*
	 * Databases in one page of a list. The server's maximum is not
	 * documented; what it really delivers is looked at.
	 */
	PER_PAGE = 100,
	MAX_PAGES = 1000,
};

/* Hands an error on that was caught in a struct of its own. */
static int pass_on(const struct err *caught, struct err *err)
{
	err_set(err, caught->code, "%s", caught->message);
	return err_hint(err, "%s", caught->hint);
}

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

	buf_init(body, 0);
	if (buf_check(url, "the URL", err) ||
	    call_begin(&call, client, &request, err))
		return err->code;
	return call_finish(call, answer, body, arena, err);
}

/* --- databases ---------------------------------------------------------- */

void d1_databases_release(struct d1_databases *databases)
{
	free(databases->items);
	arena_release(&databases->arena);
	*databases = (struct d1_databases){ .items = NULL };
}

static int read_database(struct json *json, const struct json_token *first,
			 struct d1_databases *databases, struct err *err)
{
	static const struct field fields[] = {
#define DATABASE(name, member, type) \
	{ name, type, offsetof(struct d1_database, member) }
		DATABASE("uuid", uuid, FIELD_TEXT),
		DATABASE("name", name, FIELD_TEXT),
		DATABASE("version", version, FIELD_TEXT),
		DATABASE("created_at", created_at, FIELD_TEXT),
		DATABASE("running_in_region", region, FIELD_TEXT),
		DATABASE("num_tables", num_tables, FIELD_INTEGER),
		DATABASE("file_size", file_size, FIELD_INTEGER),
#undef DATABASE
	};
	struct d1_database *items, *item;

	items = reallocarray(databases->items, databases->count + 1,
			     sizeof(*items));
	if (!items)
		return err_set_nomem(err);
	databases->items = items;
	item = &items[databases->count];
	*item = (struct d1_database){ .num_tables = -1, .file_size = -1 };
	if (fields_read(json, first, fields, ARRAY_SIZE(fields), item,
			&databases->arena, err))
		return err->code;
	if (!item->uuid)
		return err_set(err, D1_ERROR,
			       "unexpected reply: a database without uuid");
	if (!item->name)
		item->name = item->uuid;
	databases->count++;
	return 0;
}

/* Reads the array of databases of one page. */
static int read_page(struct json *json, struct d1_databases *databases,
		     struct err *err)
{
	struct json_token token;

	if (json_next(json, &token, err))
		return err->code;
	if (token.type != JSON_ARRAY)
		return err_set(err, D1_ERROR,
			       "unexpected reply: the list of"
			       " databases is missing");
	for (;;) {
		if (json_next(json, &token, err))
			return err->code;
		if (token.type == JSON_ARRAY_END)
			return 0;
		if (read_database(json, &token, databases, err))
			return err->code;
	}
}

/*
 * Asks for one page and appends it; *last if there is none after it. The
 * Local Explorer knows no pages and gives all at once.
 */
static int list_page(struct d1_databases *databases, struct d1_client *client,
		     int page, const char *name, bool *last, struct err *err)
{
	size_t before = databases->count;
	struct answer answer;
	struct buf url, body;
	size_t per_page, got;

	buf_init(&url, MAX_URL);
	buf_init(&body, 0);
	if (call_add_account(&url, client, err))
		goto out;
	buf_add_format(&url, "/d1/database?page=%d&per_page=%d", page,
		       PER_PAGE);
	if (name) {
		buf_add_string(&url, "&name=");
		url_add_value(&url, name);
	}
	if (get(&answer, &body, &databases->arena, client, &url, NULL, err) ||
	    read_page(&answer.result, databases, err))
		goto out;
	got = databases->count - before;
	per_page = answer.info.per_page > 0 ? (size_t)answer.info.per_page
					    : PER_PAGE;
	*last = got == 0 || !call_account(client) ||
		(answer.info.total_count >= 0
			 ? databases->count >= (size_t)answer.info.total_count
			 : got < per_page);
out:
	buf_release(&body);
	buf_release(&url);
	return err->code;
}

static int list(struct d1_databases *databases, struct d1_client *client,
		const char *name, struct err *err)
{
	bool last = false;

	*databases = (struct d1_databases){ .items = NULL };
	for (int page = 1; !last && page <= MAX_PAGES; page++)
		if (list_page(databases, client, page, name, &last, err)) {
			d1_databases_release(databases);
			return err->code;
		}
	return 0;
}

int d1_list_databases(struct d1_databases *databases, struct d1_client *client,
		      struct err *err)
{
	return list(databases, client, NULL, err);
}

static int no_such_database(const struct d1_client *client, const char *name,
			    struct err *err)
{
	const char *account = call_account(client);

	if (account) {
		err_set(err, D1_ENOTFOUND,
			"there is no database '%s' in account '%s'", name,
			account);
		return err_hint(err, "'wrangler d1 list' shows the databases"
				     " of the account");
	}
	err_set(err, D1_ENOTFOUND, "the Local Explorer has no database '%s'",
		name);
	return err_hint(err, "it knows those of the worker that 'wrangler dev'"
			     " runs");
}

/* Looks through the list, for servers that do not look up by name. */
static int find_in_list(struct d1_databases *database, struct d1_client *client,
			const char *id_or_name, struct err *err)
{
	const char *filter = call_account(client) ? id_or_name : NULL;

	if (list(database, client, filter, err))
		return err->code;
	for (size_t i = 0; i < database->count; i++) {
		const struct d1_database *item = &database->items[i];

		/* the filter of the server also finds parts of names */
		if (strcmp(item->uuid, id_or_name) == 0 ||
		    strcmp(item->name, id_or_name) == 0) {
			database->items[0] = *item;
			database->count = 1;
			return 0;
		}
	}
	d1_databases_release(database);
	return no_such_database(client, id_or_name, err);
}

static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-'
				   : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	return true;
}

static int look_up(struct d1_databases *database, struct d1_client *client,
		   const char *id_or_name, struct err *err)
{
	struct json_token token;
	struct answer answer;
	struct buf url, body;
	int rc;

	*database = (struct d1_databases){ .items = NULL };
	buf_init(&url, MAX_URL);
	buf_init(&body, 0);
	rc = call_add_account(&url, client, err);
	if (rc)
		goto out;
	buf_add_string(&url, "/d1/database");
	url_add_segment(&url, id_or_name);
	rc = get(&answer, &body, &database->arena, client, &url, id_or_name,
		 err);
	if (!rc)
		rc = json_next(&answer.result, &token, err);
	if (!rc)
		rc = read_database(&answer.result, &token, database, err);
out:
	if (rc)
		d1_databases_release(database);
	buf_release(&body);
	buf_release(&url);
	return rc;
}

int d1_get_database(struct d1_databases *database, struct d1_client *client,
		    const char *id_or_name, struct err *err)
{
	struct err caught = ERR_INIT;

	/* a URL that ends in "database/" would be the list */
	if (!*id_or_name)
		return err_set(err, D1_ENOTFOUND, "no database is named");
	if (!call_account(client))
		return find_in_list(database, client, id_or_name, err);
	if (!look_up(database, client, id_or_name, &caught))
		return 0;
	if (caught.code == D1_ENOTFOUND && !is_uuid(id_or_name))
		return find_in_list(database, client, id_or_name, err);
	return pass_on(&caught, err);
}

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

/* --- bookmark and token ------------------------------------------------- */

/*
 * Asks for an object and reads one text of it into *text (on the heap); it is
 * NULL if the object has no such member.
 */
static int get_text(char **text, struct d1_client *client,
		    const struct buf *url, const char *database,
		    const char *member, struct err *err)
{
	const struct field field = { member, FIELD_TEXT, 0 };
	struct arena arena = ARENA_INIT;
	const char *found = NULL;
	struct json_token token;
	struct answer answer;
	struct buf body;

	*text = NULL;
	if (!get(&answer, &body, &arena, client, url, database, err) &&
	    !json_next(&answer.result, &token, err) &&
	    !fields_read(&answer.result, &token, &field, 1, (void *)&found,
			 &arena, err) &&
	    found) {
		*text = strdup(found);
		if (!*text)
			err_set_nomem(err);
	}
	buf_release(&body);
	arena_release(&arena);
	return err->code;
}

int d1_bookmark(char **bookmark, struct d1_client *client,
		const char *database_id, struct err *err)
{
	struct buf url;

	*bookmark = NULL;
	if (!call_account(client))
		return err_set(err, D1_ENOTFOUND,
			       "the Local Explorer has no bookmarks");
	buf_init(&url, MAX_URL);
	if (call_add_account(&url, client, err))
		goto out;
	buf_add_string(&url, "/d1/database");
	url_add_segment(&url, database_id);
	buf_add_string(&url, "/time_travel/bookmark");
	if (get_text(bookmark, client, &url, database_id, "bookmark", err))
		goto out;
	if (!*bookmark)
		err_set(err, D1_ERROR,
			"unexpected reply: the bookmark is missing");
out:
	buf_release(&url);
	return err->code;
}

/* Asks one of the two places that know tokens about the state of ours. */
static int verify_at(struct d1_client *client, bool of_account, struct err *err)
{
	char *status = NULL;
	struct buf url;

	buf_init(&url, MAX_URL);
	if (of_account) {
		if (call_add_account(&url, client, err))
			goto out;
	} else {
		call_add_base(&url, client);
		buf_add_string(&url, "/user");
	}
	buf_add_string(&url, "/tokens/verify");
	if (get_text(&status, client, &url, NULL, "status", err))
		goto out;
	if (!status || strcmp(status, "active") != 0) {
		err_set(err, D1_EAUTH, "the API token is %s",
			status ? status : "of unknown state");
		err_hint(err,
			 "make a new token at"
			 " https://dash.cloudflare.com/profile/api-tokens");
	}
out:
	free(status);
	buf_release(&url);
	return err->code;
}

int d1_verify_token(struct d1_client *client, struct err *err)
{
	struct err of_user = ERR_INIT;
	struct err of_account = ERR_INIT;

	if (!call_has_token(client) || !verify_at(client, false, &of_user))
		return 0;
	/* a token that belongs to an account is unknown among the user's */
	if (of_user.code == D1_EAUTH && !verify_at(client, true, &of_account))
		return 0;
	return pass_on(&of_user, err);
}
