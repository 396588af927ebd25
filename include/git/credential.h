/*
 * Secrets that git's credential helpers keep, through `git credential`.
 */
#ifndef GIT_CREDENTIAL_H
#define GIT_CREDENTIAL_H

#include <stdbool.h>

#include "util/err.h"

/* Each string is NULL or owned by the struct. */
struct git_credential {
	char *protocol; /* "https" */
	char *host;	/* with ":port" if it has one */
	char *username; /* NULL: any, or what git answered */
	char *password; /* NULL: unknown */
};

/* An empty credential. */
#define GIT_CREDENTIAL_INIT \
	{ \
		.protocol = NULL \
	}

/* Overwrites the password, frees the rest, and leaves an empty credential. */
void git_credential_release(struct git_credential *credential);

/*
 * Sets what is asked for. `username` may be NULL. Fields with a line break or
 * an empty protocol or host are refused: they would reach another entry.
 */
int git_credential_describe(struct git_credential *credential,
			    const char *protocol, const char *host,
			    const char *username, struct err *err) MUST_CHECK;

/*
 * Asks git for the username and password of what git_credential_describe()
 * set. With `may_prompt` git may ask the user, unless GIT_TERMINAL_PROMPT or
 * the like forbid it; otherwise nothing ever waits for a person. `password`
 * stays NULL if nobody knows one, which is no error.
 */
int git_credential_fill(struct git_credential *credential, bool may_prompt,
			struct err *err) MUST_CHECK;

/*
 * Sets *has: does git's configuration name a helper for what
 * git_credential_describe() set? Without one git keeps nothing.
 */
int git_credential_has_helper(bool *has,
			      const struct git_credential *credential,
			      struct err *err) MUST_CHECK;

/* Tells the helpers that the server took the password: they may keep it. */
int git_credential_approve(const struct git_credential *credential,
			   struct err *err) MUST_CHECK;

/*
 * Tells the helpers that the server refused the password: they forget it. Not
 * for a server that could not be reached.
 */
int git_credential_reject(const struct git_credential *credential,
			  struct err *err) MUST_CHECK;

#endif
