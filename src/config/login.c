#include "config.h"

#include "config/login.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/document.h"
#include "config/jsonc.h"
#include "util/file.h"
#include "util/path.h"

#ifdef __APPLE__
#define CONFIG_HOME "Library/Preferences"
#else
#define CONFIG_HOME ".config"
#endif

/*
 * Wrangler's own directory in *dir: ~/.wrangler if it is there from old times,
 * else below the XDG directory. NULL if there is no home. Freed by the caller.
 */
static int find_home(char **dir, struct err *err)
{
	const char *home = getenv("HOME");
	const char *xdg = getenv("XDG_CONFIG_HOME");
	char *base = NULL;
	int result = 0;

	*dir = NULL;
	if (home && *home == '/') {
		*dir = path_resolve(home, ".wrangler");
		if (!*dir)
			return err_set_nomem(err);
		if (directory_exists(*dir))
			return 0;
		free(*dir);
		*dir = NULL;
	}
	if (xdg && *xdg == '/')
		base = strdup(xdg);
	else if (home && *home == '/')
		base = path_resolve(home, CONFIG_HOME);
	else
		return 0;
	if (base)
		*dir = path_resolve(base, ".wrangler");
	if (!*dir)
		result = err_set_nomem(err);
	free(base);
	return result;
}

static bool is_profile_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_-")];
}

/*
 * The profile that is bound to `dir` or the nearest directory above it, else
 * "default". In *profile, freed by the caller.
 */
static int find_profile(char **profile, const char *home, const char *dir,
			struct err *err)
{
	char *path = path_resolve(home, "profiles/directory-bindings.json");
	struct err unread = ERR_INIT;
	const char *best = "default";
	cJSON *bindings = NULL;
	const cJSON *binding;
	size_t longest = 0;

	if (!path)
		return err_set_nomem(err);
	/* Wrangler, too, passes over a file that it cannot read. */
	if (document_load(&bindings, path, &unread))
		bindings = NULL;
	cJSON_ArrayForEach(binding, bindings)
	{
		size_t length = strlen(binding->string);

		if (cJSON_IsString(binding) && length > longest &&
		    path_is_inside(binding->string, dir) &&
		    is_profile_name(binding->valuestring)) {
			best = binding->valuestring;
			longest = length;
		}
	}
	*profile = strdup(best);
	document_free(bindings);
	free(path);
	return *profile ? 0 : err_set_nomem(err);
}

/* True if the time ("2026-01-31T12:00:00.000Z") has passed. */
static bool has_passed(const char *text)
{
	struct tm date = { .tm_isdst = 0 };

	/* Wrangler takes a login without a time for expired ... */
	if (!text)
		return true;
	/* ... and one with a time that is none for a valid one. */
	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &date))
		return false;
	return timegm(&date) <= time(NULL);
}

/* Takes the token out of a login file. */
static int read_file(char **token, const char *path, struct err *err)
{
	const cJSON *value, *expires;
	cJSON *root = NULL;
	int result = document_load(&root, path, err);

	if (result)
		goto out;
	value = jsonc_member(root, "oauth_token");
	expires = jsonc_member(root, "expiration_time");
	if (!cJSON_IsString(value) || !*value->valuestring)
		goto out;
	if (has_passed(cJSON_IsString(expires) ? expires->valuestring : NULL)) {
		err_set(err, D1_EAUTH, "wrangler's login in '%s' has expired",
			path);
		result = err_hint(err, "'wrangler whoami' renews it, 'wrangler "
				       "login' starts anew");
		goto out;
	}
	*token = strdup(value->valuestring);
	if (!*token)
		result = err_set_nomem(err);
out:
	document_free(root);
	return result;
}

/* The file of a profile in *path, freed by the caller. */
static int profile_path(char **path, const char *home, const char *profile,
			const char *suffix, struct err *err)
{
	char *relative = NULL;

	*path = NULL;
	if (asprintf(&relative, "config/%s%s", profile, suffix) < 0)
		return err_set_nomem(err);
	*path = path_resolve(home, relative);
	free(relative);
	return *path ? 0 : err_set_nomem(err);
}

int login_read(char **token, char **file, const char *dir, struct err *err)
{
	char *home = NULL, *profile = NULL, *encrypted = NULL;
	int result;

	*token = NULL;
	*file = NULL;
	result = find_home(&home, err);
	if (result || !home)
		goto out;
	result = find_profile(&profile, home, dir, err);
	if (!result)
		result = profile_path(file, home, profile, ".toml", err);
	if (!result)
		result = profile_path(&encrypted, home, profile, ".enc", err);
	if (result)
		goto out;
	if (file_exists(*file)) {
		result = read_file(token, *file, err);
	} else if (file_exists(encrypted)) {
		err_set(err, D1_EAUTH,
			"wrangler's login in '%s' is encrypted for wrangler "
			"alone",
			encrypted);
		result = err_hint(err, "set CLOUDFLARE_API_TOKEN, for example "
				       "to what 'wrangler auth token' prints");
	}
out:
	if (!*token) {
		free(*file);
		*file = NULL;
	}
	free(encrypted);
	free(profile);
	free(home);
	return result;
}
