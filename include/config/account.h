/*
 * Which Cloudflare account is meant, and where its API is. Every answer knows
 * where it came from, to be shown to the user.
 */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

#include "config/dotenv.h"
#include "config/wrangler.h"
#include "git/config.h"
#include "util/arena.h"
#include "util/err.h"

/* All strings belong to the struct. */
struct account {
	struct arena arena;
	const char *id;	       /* NULL: not configured anywhere */
	const char *id_origin; /* "wrangler.jsonc"; NULL without id */
	const char *base_url;  /* without a slash at its end */
	const char *base_url_origin;
	const char *protocol; /* of base_url: "https" or "http" */
	const char *host;     /* of base_url, with its port */
};

#define ACCOUNT_INIT \
	{ \
		.id = NULL \
	}

void account_release(struct account *account);

/* Where to look. Any pointer but `dir` may be NULL. */
struct account_sources {
	const char *dir;	 /* where the command runs, absolute */
	const char *config_path; /* of the wrangler configuration */
	const struct wrangler_environment *environment;
	const struct dotenv *dotenv;
	const struct git_config *git;
};

/*
 * Finds the account id: account_id in the wrangler configuration, else
 * CLOUDFLARE_ACCOUNT_ID (CF_ACCOUNT_ID) in the process environment or a .env
 * file, else d1.accountId in git's configuration, else the one that wrangler
 * has chosen and cached; `id` stays NULL if there is none.
 *
 * And the base URL: CLOUDFLARE_API_BASE_URL (CF_API_BASE_URL) in the process
 * environment, else d1.apiBaseUrl in git's configuration, else Cloudflare's
 * own, for the compliance region if one is set. Never from a file in the
 * repository. It must be https, but for a loopback address.
 */
int account_resolve(struct account *account,
		    const struct account_sources *sources,
		    struct err *err) MUST_CHECK;

/*
 * A variable of wrangler, under its name or its old one (which may be NULL):
 * from the process environment, else from the .env files (`dotenv` may be
 * NULL). The value, or NULL if it is unset or empty. *file is the .env file it
 * came from, or NULL; *found is the name under which it was found.
 */
const char *account_variable(const char *name, const char *old_name,
			     const struct dotenv *dotenv, const char **found,
			     const char **file);

#endif
