#include "config.h"

#include "config/account.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/document.h"
#include "config/jsonc.h"
#include "util/file.h"
#include "util/path.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

void account_release(struct account *account)
{
	arena_release(&account->arena);
	*account = (struct account)ACCOUNT_INIT;
}

const char *account_variable(const char *name, const char *old_name,
			     const struct dotenv *dotenv, const char **found,
			     const char **file)
{
	const char *const names[] = { name, old_name };

	*file = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
		const char *value = getenv(names[i]);
		const struct dotenv_entry *entry;

		*found = names[i];
		if (value && *value)
			return value;
		entry = dotenv ? dotenv_get(dotenv, names[i]) : NULL;
		if (entry && *entry->value) {
			*file = entry->file;
			return entry->value;
		}
	}
	return NULL;
}

/* An id goes into a URL: nothing but letters, digits, - and _. */
static bool is_id(const char *id)
{
	return *id && !id[strspn(id, LETTERS DIGITS "-_")];
}

/* Keeps the id that was found; `origin` may be NULL for lack of memory. */
static int set_id(struct account *account, const char *id, const char *origin,
		  struct err *err)
{
	if (!origin)
		return err_set_nomem(err);
	if (!is_id(id))
		return err_set(err, D1_ERROR, "'%s' from %s is no account id",
			       id, origin);
	account->id = arena_string(&account->arena, id);
	account->id_origin = origin;
	return account->id ? 0 : err_set_nomem(err);
}

/* A nearest "node_modules" in `dir` or above; NULL if none or no memory. */
static char *find_node_modules(const char *dir)
{
	char *here = path_resolve(dir, ".");

	while (here) {
		char *found = path_resolve(here, "node_modules");
		bool is_root = !strcmp(here, "/");
		char *above = path_dirname(here);

		free(here);
		here = above;
		if (found && directory_exists(found)) {
			free(here);
			return found;
		}
		free(found);
		if (is_root)
			break;
	}
	free(here);
	return NULL;
}

/* Takes the id out of a cache file, if it is one. */
static int read_cache(struct account *account, const char *dir,
		      const char *relative, struct err *err)
{
	char *path = path_resolve(dir, relative);
	struct err unread = ERR_INIT;
	cJSON *root = NULL;
	const cJSON *id;
	int result = 0;

	if (!path)
		return err_set_nomem(err);
	if (!document_load(&root, path, &unread)) {
		id = jsonc_member(jsonc_member(root, "account"), "id");
		if (cJSON_IsString(id) && is_id(id->valuestring))
			result = set_id(account, id->valuestring,
					arena_format(&account->arena,
						     "wrangler's cache (%s)",
						     path),
					err);
	}
	document_free(root);
	free(path);
	return result;
}

/* Looks where wrangler keeps the account that the user has chosen. */
static int find_cached_id(struct account *account, const char *dir,
			  struct err *err)
{
	const char *cache = getenv("WRANGLER_CACHE_DIR");
	char *modules;
	int result = 0;

	if (cache && *cache) {
		char *path = path_resolve(dir, cache);

		if (!path)
			return err_set_nomem(err);
		result =
			read_cache(account, path, "wrangler-account.json", err);
		free(path);
		return result;
	}
	modules = find_node_modules(dir);
	if (modules)
		result = read_cache(account, modules,
				    ".cache/wrangler/wrangler-account.json",
				    err);
	free(modules);
	if (!result && !account->id)
		result = read_cache(account, dir,
				    ".wrangler/cache/wrangler-account.json",
				    err);
	return result;
}

static int find_id(struct account *account,
		   const struct account_sources *sources, struct err *err)
{
	struct arena *arena = &account->arena;
	const char *id, *name, *file;

	if (sources->environment && sources->environment->account_id) {
		const char *path = sources->config_path;

		name = path ? path_basename(path) : "configuration";
		return set_id(account, sources->environment->account_id,
			      arena_string(arena, name), err);
	}
	id = account_variable("CLOUDFLARE_ACCOUNT_ID", "CF_ACCOUNT_ID",
			      sources->dotenv, &name, &file);
	if (!id && sources->git) {
		id = git_config_get(sources->git, "d1.accountId");
		if (id && *id)
			return set_id(account, id,
				      "d1.accountId in git's configuration",
				      err);
		id = NULL;
	}
	if (!id)
		return find_cached_id(account, sources->dir, err);
	return set_id(account, id,
		      file ? arena_string(arena, file)
			   : arena_format(arena, "environment variable %s",
					  name),
		      err);
}

/* True for localhost, 127.0.0.0/8 and [::1]; `host` has no port. */
static bool is_loopback(const char *host)
{
	struct in_addr address;

	if (!strcasecmp(host, "localhost") || !strcmp(host, "[::1]"))
		return true;
	return inet_pton(AF_INET, host, &address) == 1 &&
	       ntohl(address.s_addr) >> 24 == 127;
}

/* True if the text is a host name, an address, or [an IPv6 address]. */
static bool is_host(const char *host)
{
	size_t length = strlen(host);

	if (*host == '[')
		return length > 2 &&
		       strspn(host + 1, "0123456789abcdefABCDEF"
					":.") == length - 2 &&
		       host[length - 1] == ']';
	return length && strspn(host, LETTERS DIGITS "-._") == length;
}

/* Splits the authority of the URL into account->host and its parts. */
static const char *check_authority(struct account *account, const char *text,
				   size_t size, bool is_secure)
{
	const char *port;
	char *host = arena_copy(&account->arena, text, size);
	char *name = arena_copy(&account->arena, text, size);

	if (!host || !name)
		return "out of memory";
	if (memchr(text, '@', size))
		return "it must not hold a user name or password";
	account->host = host;
	port = strrchr(name, ':');
	if (port && !strchr(port, ']')) {
		name[port - name] = '\0';
		port++;
		if (!*port || strlen(port) > 5 ||
		    strspn(port, DIGITS) != strlen(port))
			return "its port is not a number";
	}
	if (!is_host(name))
		return "it has no valid host";
	if (!is_secure && !is_loopback(name))
		return "it must begin with https://, as a token is sent there";
	return NULL;
}

/* Takes the URL, or says what is wrong with it. */
static const char *check_base_url(struct account *account, const char *url)
{
	bool is_secure = !strncmp(url, "https://", 8);
	const char *authority = url + (is_secure ? 8 : 7);
	size_t size, length = strlen(url);
	char *copy;

	if (!is_secure && strncmp(url, "http://", 7) != 0)
		return "it must begin with https://";
	if (url[strspn(url, LETTERS DIGITS "-._~:/[]@!$&'()*+,;=%")])
		return "it holds a character that does not belong there";
	while (length && url[length - 1] == '/')
		length--;
	copy = arena_copy(&account->arena, url, length);
	if (!copy)
		return "out of memory";
	account->base_url = copy;
	account->protocol = is_secure ? "https" : "http";
	size = strcspn(authority, "/");
	return check_authority(account, authority, size, is_secure);
}

/* The host of the region, from the environment and the configuration. */
static int default_base_url(const char **url, const char **origin,
			    const struct account_sources *sources,
			    struct err *err)
{
	const char *chosen = getenv("CLOUDFLARE_COMPLIANCE_REGION");
	const char *written = sources->environment
				      ? sources->environment->compliance_region
				      : NULL;
	const char *region;

	*url = "https://api.cloudflare.com/client/v4";
	*origin = "default";
	if (chosen && !*chosen)
		chosen = NULL;
	if (chosen && written && strcmp(chosen, written) != 0)
		return err_set(err, D1_ERROR,
			       "CLOUDFLARE_COMPLIANCE_REGION is '%s', but "
			       "compliance_region in '%s' is '%s'",
			       chosen, sources->config_path, written);
	region = chosen ? chosen : written;
	if (!region || !strcmp(region, "public"))
		return 0;
	if (strcmp(region, "fedramp_high") != 0)
		return err_set(err, D1_ERROR,
			       "compliance region '%s' is neither public nor "
			       "fedramp_high",
			       region);
	*url = "https://api.fed.cloudflare.com/client/v4";
	*origin = chosen ? "environment variable CLOUDFLARE_COMPLIANCE_REGION"
			 : "compliance_region";
	return 0;
}

static int find_base_url(struct account *account,
			 const struct account_sources *sources, struct err *err)
{
	const char *name, *file, *url, *wrong;
	const char *origin = NULL;
	int result = 0;

	url = account_variable("CLOUDFLARE_API_BASE_URL", "CF_API_BASE_URL",
			       NULL, &name, &file);
	if (url) {
		origin = arena_format(&account->arena,
				      "environment variable %s", name);
	} else if (sources->git) {
		url = git_config_get(sources->git, "d1.apiBaseUrl");
		origin = "d1.apiBaseUrl in git's configuration";
	}
	if (!url)
		result = default_base_url(&url, &origin, sources, err);
	if (result)
		return result;
	if (!origin)
		return err_set_nomem(err);
	account->base_url_origin = origin;
	wrong = check_base_url(account, url);
	if (wrong)
		return err_set(err, D1_EREFUSED,
			       "the API's address from %s is refused: %s",
			       origin, wrong);
	return 0;
}

int account_resolve(struct account *account,
		    const struct account_sources *sources, struct err *err)
{
	int result;

	account_release(account);
	result = find_base_url(account, sources, err);
	if (!result)
		result = find_id(account, sources, err);
	return result;
}
