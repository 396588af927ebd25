#include "config.h"

#include "config/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/login.h"
#include "git/tracked.h"

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void token_release(struct token *token)
{
	wipe(token->secret);
	free(token->email);
	free(token->origin);
	free(token->warning);
	git_credential_release(&token->credential);
	*token = (struct token)TOKEN_INIT;
}

/* Copies the secret without the line break that a file may have added. */
static int set_secret(struct token *token, const char *secret, struct err *err)
{
	size_t length = strlen(secret);

	while (length && strchr(" \t\r\n", secret[length - 1]))
		length--;
	for (size_t i = 0; i < length; i++) {
		if (secret[i] <= ' ' || secret[i] > '~')
			return err_set(err, D1_EAUTH,
				       "the token from %s holds a character "
				       "that no token has",
				       token->origin);
	}
	token->secret = strndup(secret, length);
	return token->secret ? 0 : err_set_nomem(err);
}

/*
 * Says in *usable whether a secret may be taken from the .env file; if not,
 * leaves a warning.
 */
static int check_file(bool *usable, struct token *token, const char *file,
		      const struct token_options *options, struct err *err)
{
	enum tracked tracking = TRACKED_NO;
	int length = 0;

	*usable = true;
	if (file) {
		int result = tracked_find(&tracking, options->dir, file, err);

		if (result)
			return result;
	}
	if (tracking == TRACKED_NO)
		return 0;
	*usable = false;
	if (token->warning)
		return 0;
	if (tracking == TRACKED_YES)
		length = asprintf(&token->warning,
				  "the token in '%s' is not used, because git "
				  "tracks that file: remove it there, and make "
				  "a new token, as history keeps this one",
				  file);
	else
		length = asprintf(&token->warning,
				  "the token in '%s' is not used, because git "
				  "does not say whether it tracks that file",
				  file);
	if (length < 0) {
		token->warning = NULL;
		return err_set_nomem(err);
	}
	return 0;
}

static int set_origin(struct token *token, const char *name, const char *file,
		      struct err *err)
{
	int length = file ? asprintf(&token->origin, "%s", file)
			  : asprintf(&token->origin, "environment variable %s",
				     name);

	if (length < 0) {
		token->origin = NULL;
		return err_set_nomem(err);
	}
	return 0;
}

/* An API key and its e-mail address, from the variables. */
static int find_key(struct token *token, const struct token_options *options,
		    struct err *err)
{
	const char *name, *other, *key_file, *email_file;
	bool usable;
	const char *key = account_variable("CLOUDFLARE_API_KEY", "CF_API_KEY",
					   options->dotenv, &name, &key_file);
	const char *email =
		account_variable("CLOUDFLARE_EMAIL", "CF_EMAIL",
				 options->dotenv, &other, &email_file);
	int result;

	if (!key || !email)
		return 0;
	result = check_file(&usable, token, key_file, options, err);
	if (result || !usable)
		return result;
	if (email[strcspn(email, "\r\n")])
		return err_set(err, D1_EAUTH, "%s holds a line break", other);
	result = set_origin(token, name, key_file, err);
	if (!result)
		result = set_secret(token, key, err);
	if (!result) {
		token->email = strdup(email);
		if (!token->email)
			result = err_set_nomem(err);
	}
	return result;
}

/* An API token, from the variables. */
static int find_variable(struct token *token,
			 const struct token_options *options, struct err *err)
{
	const char *name, *file;
	bool usable;
	const char *value =
		account_variable("CLOUDFLARE_API_TOKEN", "CF_API_TOKEN",
				 options->dotenv, &name, &file);
	int result;

	if (!value)
		return 0;
	result = check_file(&usable, token, file, options, err);
	if (result || !usable)
		return result;
	result = set_origin(token, name, file, err);
	if (!result)
		result = set_secret(token, value, err);
	return result;
}

static int find_credential(struct token *token, const struct account *account,
			   bool may_prompt, struct err *err)
{
	struct git_credential *credential = &token->credential;
	int result;

	result = git_credential_describe(credential, account->protocol,
					 account->host, account->id, err);
	if (!result)
		result = git_credential_fill(credential, may_prompt, err);
	if (result || !credential->password) {
		git_credential_release(credential);
		return result;
	}
	token->origin = strdup("git credential");
	if (!token->origin)
		return err_set_nomem(err);
	return set_secret(token, credential->password, err);
}

static int find_login(struct token *token, const char *dir, struct err *err)
{
	char *secret = NULL, *file = NULL;
	int result = login_read(&secret, &file, dir, err);

	if (!result && secret) {
		if (asprintf(&token->origin, "wrangler login (%s)", file) < 0) {
			token->origin = NULL;
			result = err_set_nomem(err);
		} else {
			result = set_secret(token, secret, err);
		}
	}
	wipe(secret);
	free(file);
	return result;
}

static int fail(const struct token *token, struct err *err)
{
	err_set(err, D1_EAUTH, "no Cloudflare API token found%s%s",
		token->warning ? "; " : "",
		token->warning ? token->warning : "");
	return err_hint(err,
			"set CLOUDFLARE_API_TOKEN, run 'wrangler login', or "
			"give the token to a git credential helper\n"
			"reading needs a token with D1 Read, writing one with "
			"D1 Edit");
}

int token_find(struct token *token, const struct account *account,
	       const struct token_options *options, struct err *err)
{
	int result;

	token_release(token);
	result = find_key(token, options, err);
	if (!result && !token->secret)
		result = find_variable(token, options, err);
	/* Nobody is asked before wrangler's login was looked at. */
	if (!result && !token->secret)
		result = find_credential(token, account, false, err);
	if (!result && !token->secret)
		result = find_login(token, options->dir, err);
	if (!result && !token->secret && options->may_prompt)
		result = find_credential(token, account, true, err);
	if (!result && !token->secret)
		result = fail(token, err);
	return result;
}

int token_approve(const struct token *token, struct err *err)
{
	if (!token->credential.password)
		return 0;
	return git_credential_approve(&token->credential, err);
}

int token_reject(const struct token *token, struct err *err)
{
	if (!token->credential.password)
		return 0;
	return git_credential_reject(&token->credential, err);
}
