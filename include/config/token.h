/*
 * The secret that opens Cloudflare's API. Looked up when it is needed, and
 * never printed.
 */
#ifndef CONFIG_TOKEN_H
#define CONFIG_TOKEN_H

#include <stdbool.h>

#include "config/account.h"
#include "config/dotenv.h"
#include "git/credential.h"
#include "util/err.h"

/* Each string is NULL or owned by the struct. */
struct token {
	char *secret; /* an API token; with `email` an API key */
	char *email;  /* NULL: `secret` is a token */
	char *origin; /* where it came from, to be shown */

	/*
	 * What was passed over on the way, to be shown as a warning: a token
	 * in a file that git tracks. NULL: nothing.
	 */
	char *warning;

	struct git_credential credential; /* set if git knew it */
};

#define TOKEN_INIT \
	{ \
		.secret = NULL \
	}

/* Overwrites the secret and frees everything. */
void token_release(struct token *token);

/* How to look for it. */
struct token_options {
	const char *dir;	     /* where the command runs, absolute */
	const struct dotenv *dotenv; /* NULL: no .env files */
	bool may_prompt;	     /* in the end git may ask the user */
};

/*
 * Finds a secret for the account's API, in this order: CLOUDFLARE_API_KEY with
 * CLOUDFLARE_EMAIL, CLOUDFLARE_API_TOKEN (and their CF_ forms), from the
 * process environment or a .env file that git does not track; git's credential
 * helpers, asked for the API's host with the account id as the user name;
 * wrangler's stored login; the user. D1_EAUTH if there is none.
 */
int token_find(struct token *token, const struct account *account,
	       const struct token_options *options, struct err *err) MUST_CHECK;

/*
 * To be called once a server has taken the secret (after a reply with 2xx), or
 * refused it (401, or 403 with an authentication error; never because it could
 * not be reached). Tells git's helpers, if the secret was theirs.
 */
int token_approve(const struct token *token, struct err *err) MUST_CHECK;
int token_reject(const struct token *token, struct err *err) MUST_CHECK;

#endif
