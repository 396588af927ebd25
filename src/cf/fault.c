#include "config.h"

#include "cf/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What the body of a reply is. */
enum shape {
	ANY_SHAPE,
	ENVELOPE,  /* Cloudflare's API speaks */
	CHALLENGE, /* Cloudflare's firewall wants proof of a human */
	NOTHING,
	HTML,
	CUT_OFF, /* began as JSON */
	OTHER,
};

/* What a rule says besides its error. */
enum {
	PASSING = 1,	  /* the same call may succeed a moment later */
	SQL = 2,	  /* the engine refused a statement */
	HARMLESS = 4,	  /* the call had no effect for sure */
	OF_DATABASE = 8,  /* only for calls about one database */
	OF_EXPLORER = 16, /* only for calls to the Local Explorer */
};

/*
 * The first rule that fits counts. A status below 10 stands for its hundred.
 * Message and hint name things in braces, see `words`.
 */
struct rule {
	int status; /* 0: any */
	int code;   /* of the first error; 0: any */
	enum shape shape;
	const char *text; /* part of the error's message; NULL: any */
	enum d1_error kind;
	unsigned int flags;
	const char *message;
	const char *hint;
};

static const char bad_token[] =
	"'{host}' does not accept the API token: {error}";
static const char new_token[] =
	"make a token with the permission Account / D1 / {permission} at"
	" https://dash.cloudflare.com/profile/api-tokens and put it into"
	" CLOUDFLARE_API_TOKEN\n"
	"if you use wrangler's login, it may have expired: run 'wrangler"
	" login'";
static const char more_permission[] =
	"give the token the permission Account / D1 / {permission} for this"
	" account at https://dash.cloudflare.com/profile/api-tokens\n"
	"if you use wrangler's login, it may have expired: run 'wrangler"
	" login'";
static const char other_account[] =
	"the API token is not valid for account '{account}': {error}";
static const char check_account[] =
	"check account_id in the wrangler configuration, or"
	" CLOUDFLARE_ACCOUNT_ID, and that the token was made for that"
	" account";
static const char no_database[] =
	"there is no database '{database}' in account '{account}': {error}";
static const char check_database[] =
	"check database_id in the wrangler configuration; 'wrangler d1 list'"
	" shows the databases of the account";
static const char bad_id[] =
	"'{host}' does not know such an account or database: {error}";
static const char check_ids[] =
	"check account_id and database_id in the wrangler configuration, and"
	" CLOUDFLARE_API_BASE_URL if it is set";
static const char overloaded[] = "D1 is overloaded: {error}";
static const char too_much[] = "D1 gave up on the call: {error}";
static const char smaller[] = "do it in smaller parts";
static const char refused_sql[] = "D1 refused a statement: {error}";
static const char transient[] = "D1 is in trouble: {error}{ray}";
static const char later[] =
	"try again later; https://www.cloudflarestatus.com shows outages";
static const char check_url[] =
	"check the base URL of the API (CLOUDFLARE_API_BASE_URL), and whether"
	" a proxy or firewall answers in its place";

static const struct rule rules[] = {
	/* What stands between us and the API. */
	{ 0, 0, CHALLENGE, NULL, D1_EUNREACHABLE, HARMLESS,
	  "'{host}' takes git-d1 for a robot (HTTP status {status}){ray}",
	  "try from another network; a firewall rule of Cloudflare asks for"
	  " a browser" },
	{ 3, 0, ANY_SHAPE, NULL, D1_EUNREACHABLE, HARMLESS,
	  "'{host}' redirects to '{location}', which is not followed",
	  check_url },

	/* Too many requests, of the user or to the database. */
	{ 429, 0, ENVELOPE, "overloaded", D1_EUNREACHABLE, PASSING | HARMLESS,
	  overloaded, later },
	{ 429, 0, ENVELOPE, "requests queued", D1_EUNREACHABLE,
	  PASSING | HARMLESS, overloaded, later },
	{ 429, 0, ANY_SHAPE, NULL, D1_EUNREACHABLE, PASSING | HARMLESS,
	  "'{host}' limits the number of requests: {error}",
	  "try again {wait}; Cloudflare takes 1200 requests in 5 minutes from"
	  " a user, all programs together" },

	/* Who we are and what we may. */
	{ 0, 7403, ENVELOPE, NULL, D1_EAUTH, HARMLESS, other_account,
	  check_account },
	{ 0, 9106, ENVELOPE, NULL, D1_EAUTH, HARMLESS, bad_token, new_token },
	{ 0, 9109, ENVELOPE, NULL, D1_EAUTH, HARMLESS, bad_token, new_token },
	{ 0, 1000, ENVELOPE, NULL, D1_EAUTH, HARMLESS, bad_token, new_token },
	{ 0, 6003, ENVELOPE, NULL, D1_EAUTH, HARMLESS, bad_token, new_token },
	{ 401, 0, ENVELOPE, NULL, D1_EAUTH, HARMLESS, bad_token, new_token },
	{ 403, 10000, ENVELOPE, NULL, D1_EAUTH, HARMLESS,
	  "the API token is not valid, or lacks the permission"
	  " \"D1 {permission}\" for account '{account}': {error}",
	  more_permission },
	{ 403, 0, ENVELOPE, NULL, D1_EAUTH, HARMLESS,
	  "the API token lacks the permission \"D1 {permission}\" for account"
	  " '{account}': {error}",
	  more_permission },

	/* What is not there. */
	{ 404, 7404, ENVELOPE, NULL, D1_ENOTFOUND,
	  HARMLESS | OF_DATABASE | OF_EXPLORER,
	  "the Local Explorer has no database '{database}': {error}",
	  "it knows those of the worker that 'wrangler dev' runs" },
	{ 0, 7404, ENVELOPE, NULL, D1_ENOTFOUND, HARMLESS | OF_DATABASE,
	  no_database, check_database },
	{ 0, 7003, ENVELOPE, NULL, D1_ENOTFOUND, HARMLESS, bad_id, check_ids },
	{ 404, 0, ENVELOPE, NULL, D1_ENOTFOUND, HARMLESS | OF_DATABASE,
	  no_database, check_database },
	{ 404, 0, ENVELOPE, NULL, D1_ENOTFOUND, HARMLESS, bad_id, check_ids },

	/* The engine's messages; a name in them may be any of the texts below.
	 */
	{ 4, 7500, ENVELOPE, ": SQLITE_", D1_ERROR, SQL | HARMLESS, refused_sql,
	  NULL },
	{ 5, 10001, ENVELOPE, ": SQLITE_", D1_ERROR, SQL, refused_sql, NULL },

	/* D1's own messages, whatever their status. */
	{ 0, 0, ENVELOPE, "exceeded its memory limit", D1_ERROR, 0, too_much,
	  smaller },
	{ 0, 0, ENVELOPE, "exceeded its CPU time limit", D1_ERROR, 0, too_much,
	  smaller },
	{ 0, 0, ENVELOPE, "exceeded timeout", D1_ERROR, 0, too_much, smaller },
	{ 0, 0, ENVELOPE, "overloaded", D1_EUNREACHABLE, PASSING, overloaded,
	  later },
	{ 0, 0, ENVELOPE, "requests queued", D1_EUNREACHABLE, PASSING,
	  overloaded, later },
	{ 0, 0, ENVELOPE, "network connection lost", D1_EUNREACHABLE, PASSING,
	  transient, later },
	{ 0, 0, ENVELOPE, "caused object to be reset", D1_EUNREACHABLE, PASSING,
	  transient, later },
	{ 0, 0, ENVELOPE, "reset because its code was updated", D1_EUNREACHABLE,
	  PASSING, transient, later },
	{ 0, 0, ENVELOPE, "cannot resolve d1 db due to transient issue",
	  D1_EUNREACHABLE, PASSING, transient, later },
	{ 0, 7500, ENVELOPE, "internal error", D1_EUNREACHABLE, PASSING,
	  transient, later },
	{ 4, 7500, ENVELOPE, NULL, D1_ERROR, SQL | HARMLESS, refused_sql,
	  NULL },
	/* The Local Explorer's code for everything: SQL 500, bad input 400. */
	{ 5, 10001, ENVELOPE, NULL, D1_ERROR, SQL, refused_sql, NULL },
	{ 413, 0, ANY_SHAPE, NULL, D1_ERROR, HARMLESS,
	  "the call is too large for '{host}'", smaller },

	/* The rest, by its class. */
	{ 5, 0, ENVELOPE, NULL, D1_EUNREACHABLE, PASSING, transient, later },
	{ 2, 0, ENVELOPE, NULL, D1_ERROR, 0,
	  "'{host}' could not do it: {error}", NULL },
	{ 408, 0, ANY_SHAPE, NULL, D1_EUNREACHABLE, PASSING,
	  "'{host}' did not get the whole call in time (HTTP status 408)",
	  later },
	{ 0, 0, ENVELOPE, NULL, D1_ERROR, HARMLESS,
	  "'{host}' refused the call (HTTP status {status}): {error}", NULL },
	{ 401, 0, ANY_SHAPE, NULL, D1_EAUTH, HARMLESS, bad_token, new_token },
	{ 4, 0, HTML, NULL, D1_EUNREACHABLE, HARMLESS,
	  "'{host}' answered with a web page (HTTP status {status}){ray}",
	  check_url },
	{ 5, 0, HTML, NULL, D1_EUNREACHABLE, PASSING,
	  "'{host}' answered with a web page (HTTP status {status}){ray}",
	  later },
	{ 0, 0, HTML, NULL, D1_EUNREACHABLE, PASSING,
	  "'{host}' answered with a web page (HTTP status {status}){ray}",
	  check_url },
	{ 0, 0, NOTHING, NULL, D1_EUNREACHABLE, PASSING,
	  "'{host}' sent an empty reply (HTTP status {status}){ray}", later },
	{ 0, 0, CUT_OFF, NULL, D1_EUNREACHABLE, PASSING,
	  "the reply of '{host}' is cut off or damaged (HTTP status"
	  " {status}): {malformed}",
	  later },
	{ 5, 0, OTHER, NULL, D1_EUNREACHABLE, PASSING,
	  "'{host}' is in trouble (HTTP status {status}){ray}", later },
	{ 0, 0, ANY_SHAPE, NULL, D1_EUNREACHABLE, 0,
	  "'{host}' does not answer as Cloudflare's API does (HTTP status"
	  " {status}): {malformed}",
	  check_url },
};

static enum shape shape_of(const struct fault *fault)
{
	const struct http_reply *reply = fault->reply;
	const char *body = reply->body.data;
	size_t blank;

	if (strcasecmp(reply->mitigated, "challenge") == 0)
		return CHALLENGE;
	if (fault->envelope)
		return ENVELOPE;
	if (!body)
		return NOTHING;
	blank = strspn(body, " \t\r\n");
	if (blank == reply->body.len)
		return NOTHING;
	if (strncasecmp(reply->content_type, "text/html", 9) == 0 ||
	    body[blank] == '<')
		return HTML;
	return body[blank] == '{' ? CUT_OFF : OTHER;
}

static bool fits(const struct rule *rule, const struct fault *fault)
{
	long status = fault->reply->status;
	const char *message = NULL;

	if (rule->status && rule->status != status &&
	    rule->status != status / 100)
		return false;
	if (rule->shape != ANY_SHAPE && rule->shape != shape_of(fault))
		return false;
	if (rule->flags & OF_DATABASE && !fault->database)
		return false;
	if (rule->flags & OF_EXPLORER && fault->account)
		return false;
	if (rule->code && rule->code != fault->envelope->code)
		return false;
	if (fault->envelope)
		message = fault->envelope->message;
	return !rule->text || (message && strcasestr(message, rule->text));
}

/* The last rule fits everything. */
static const struct rule *find_rule(const struct fault *fault)
{
	const struct rule *rule = rules;

	while (!fits(rule, fault))
		rule++;
	return rule;
}

bool fault_is_none(const struct fault *fault)
{
	return fault->reply->status / 100 == 2 && fault->envelope &&
	       fault->envelope->success;
}

bool fault_is_passing(const struct fault *fault)
{
	return !fault_is_none(fault) && find_rule(fault)->flags & PASSING;
}

bool fault_is_sql(const struct fault *fault)
{
	return !fault_is_none(fault) && find_rule(fault)->flags & SQL;
}

bool fault_is_harmless(const struct fault *fault)
{
	return !fault_is_none(fault) && find_rule(fault)->flags & HARMLESS;
}

/* --- words in messages -------------------------------------------------- */

static void add_error(struct buf *out, const struct fault *fault)
{
	const struct envelope *envelope = fault->envelope;

	if (envelope && envelope->message)
		buf_add_string(out, envelope->message);
	else
		buf_add_format(out, "HTTP status %ld", fault->reply->status);
	if (envelope && envelope->code)
		buf_add_format(out, " [code: %" PRId64 "]", envelope->code);
}

static void add_ray(struct buf *out, const struct fault *fault)
{
	/* by this Cloudflare's support finds the request */
	if (*fault->reply->ray)
		buf_add_format(out, " (ray %s)", fault->reply->ray);
}

static void add_wait(struct buf *out, const struct fault *fault)
{
	int64_t wait = fault->reply->retry_after_ms;

	if (wait >= 0)
		buf_add_format(out, "in %" PRId64 " s", wait / 1000);
	else
		buf_add_string(out, "in 5 minutes");
}

static void add_account(struct buf *out, const struct fault *fault)
{
	buf_add_string(out, fault->account ? fault->account : "(none)");
}

static void add_database(struct buf *out, const struct fault *fault)
{
	buf_add_string(out, fault->database);
}

static void add_host(struct buf *out, const struct fault *fault)
{
	buf_add_string(out, fault->host);
}

static void add_location(struct buf *out, const struct fault *fault)
{
	buf_add_string(out, fault->reply->location);
}

static void add_malformed(struct buf *out, const struct fault *fault)
{
	buf_add_string(out,
		       fault->malformed ? fault->malformed : "no JSON object");
}

static void add_permission(struct buf *out, const struct fault *fault)
{
	buf_add_string(out, fault->writes ? "Edit" : "Read");
}

static void add_status(struct buf *out, const struct fault *fault)
{
	buf_add_format(out, "%ld", fault->reply->status);
}

static const struct {
	const char *name;
	void (*add)(struct buf *out, const struct fault *fault);
} words[] = {
	{ "{account}", add_account },	    { "{database}", add_database },
	{ "{error}", add_error },	    { "{host}", add_host },
	{ "{location}", add_location },	    { "{malformed}", add_malformed },
	{ "{permission}", add_permission }, { "{ray}", add_ray },
	{ "{status}", add_status },	    { "{wait}", add_wait },
};

/* Appends the word that the text begins with; returns its size, or 0. */
static size_t add_word(struct buf *out, const char *text,
		       const struct fault *fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t size = strlen(words[i].name);

		if (strncmp(text, words[i].name, size) == 0) {
			words[i].add(out, fault);
			return size;
		}
	}
	return 0;
}

/* Appends the template with each word in braces replaced. */
static void fill_in(struct buf *out, const char *template,
		    const struct fault *fault)
{
	while (*template) {
		size_t size = add_word(out, template, fault);

		if (size == 0)
			buf_add_char(out, *template ++);
		template += size;
	}
}

int fault_error(const struct fault *fault, struct err *err)
{
	const struct rule *rule = find_rule(fault);
	struct buf text;

	buf_init(&text, (size_t)1 << 20);
	fill_in(&text, rule->message, fault);
	if (fault->reply->attempts > 1)
		buf_add_format(&text, " (after %u attempts)",
			       fault->reply->attempts);
	if (text.failed)
		err_set(err, rule->kind, "'%s' reported an error", fault->host);
	else
		err_set(err, rule->kind, "%s", text.data);
	buf_clear(&text);
	if (rule->hint)
		fill_in(&text, rule->hint, fault);
	if (text.len && !text.failed)
		err_hint(err, "%s", text.data);
	buf_release(&text);
	return err->code;
}
