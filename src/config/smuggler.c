#include "config.h"

#include "config/smuggler.h"

#include <stdlib.h>
#include <string.h>

#include "config/document.h"
#include "config/jsonc.h"
#include "util/compiler.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

void smuggler_config_release(struct smuggler_config *config)
{
	if (config->token)
		explicit_bzero(config->token, strlen(config->token));
	free(config->token);
	arena_release(&config->arena);
	*config = (struct smuggler_config)SMUGGLER_CONFIG_INIT;
}

/* The file being read. */
struct reading {
	struct smuggler_config *config;
	const char *path;
};

/* What is wrong with a value must be said without it: it may be the token. */
static int bad_value(const struct reading *reading, const char *key,
		     const char *wanted, struct err *err)
{
	return err_set(err, D1_ERROR, "bad value of '%s' in '%s': %s", key,
		       reading->path, wanted);
}

/* The text of the key in *text, borrowed; NULL if it is empty or an example. */
static int read_text(const struct reading *reading, const char **text,
		     const char *key, const cJSON *value, struct err *err)
{
	*text = NULL;
	if (!cJSON_IsString(value))
		return bad_value(reading, key, "it must be a string", err);
	if (*value->valuestring && strncmp(value->valuestring, "your-", 5) != 0)
		*text = value->valuestring;
	return 0;
}

static int set_text(const struct reading *reading, const char **out,
		    const char *key, const cJSON *value, struct err *err)
{
	const char *text;

	if (read_text(reading, &text, key, value, err) < 0 || !text)
		return err->code;
	*out = arena_string(&reading->config->arena, text);
	return *out ? 0 : err_set_nomem(err);
}

/* An id, which is shown: a token in its place should not be. */
static int set_id(const struct reading *reading, const char **out,
		  const char *key, const cJSON *value, struct err *err)
{
	enum { LONGEST = 36 }; /* with the dashes of a UUID */

	if (set_text(reading, out, key, value, err) < 0 || !*out)
		return err->code;
	if (strlen(*out) <= LONGEST &&
	    !(*out)[strspn(*out, LETTERS DIGITS "-_")])
		return 0;
	*out = NULL;
	return bad_value(reading, key, "this is no id", err);
}

/* "${NAME}" is where smugglr finds the token. */
static int set_token(const struct reading *reading, const char *key,
		     const cJSON *value, struct err *err)
{
	struct smuggler_config *config = reading->config;
	const char *text;
	size_t length;

	if (read_text(reading, &text, key, value, err) < 0 || !text)
		return err->code;
	length = strlen(text);
	if (length > 3 && !strncmp(text, "${", 2) && text[length - 1] == '}') {
		config->token_variable =
			arena_copy(&config->arena, text + 2, length - 3);
		return config->token_variable ? 0 : err_set_nomem(err);
	}
	if (text[strspn(text, LETTERS DIGITS "-_.~+/=")])
		return bad_value(reading, key,
				 "it holds a character that no token has", err);
	if (config->token)
		return bad_value(reading, key, "there is another token", err);
	config->token = strdup(text);
	return config->token ? 0 : err_set_nomem(err);
}

/* Lists of .d1config are separated by commas, and blanks around them go. */
static bool fits_list(const char *name)
{
	size_t length = strlen(name);

	return !strchr(name, ',') && !strchr(" \t\r\n", name[0]) &&
	       !strchr(" \t\r\n", name[length - 1]);
}

static int refuse_name(const struct reading *reading, const char *key,
		       struct err *err)
{
	err_set(err, D1_EREFUSED,
		"a name of '%s' in '%s' holds a comma, or begins or ends with "
		"a blank: it cannot stand in a list of .d1config",
		key, reading->path);
	return err_hint(err, "write a pattern into .d1config by hand, with a ? "
			     "in its place, and take the name out here");
}

static int set_names(const struct reading *reading, struct name_list *list,
		     const char *key, const cJSON *value, struct err *err)
{
	struct arena *arena = &reading->config->arena;
	const cJSON *item;

	if (!cJSON_IsArray(value))
		return bad_value(reading, key, "it must be a list of names",
				 err);
	cJSON_ArrayForEach(item, value)
	{
		if (!cJSON_IsString(item) || !*item->valuestring)
			return bad_value(reading, key,
					 "it must be a list of names", err);
		if (!fits_list(item->valuestring))
			return refuse_name(reading, key, err);
		if (name_list_add(list, arena_string(arena, item->valuestring),
				  arena, err) < 0)
			return err->code;
	}
	return 0;
}

static int set_conflict(const struct reading *reading, const char *key,
			const cJSON *value, struct err *err)
{
	static const struct {
		const char *word;
		enum conflict_policy policy;
	} words[] = {
		{ "local_wins", CONFLICT_LOCAL_WINS },
		{ "remote_wins", CONFLICT_REMOTE_WINS },
		{ "newer_wins", CONFLICT_NEWER_WINS },
		/* which looks at nothing but the time of a row as well */
		{ "uuid_v7_wins", CONFLICT_NEWER_WINS },
	};
	const char *text = cJSON_IsString(value) ? value->valuestring : "";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i].word, text)) {
			reading->config->has_conflict = true;
			reading->config->conflict = words[i].policy;
			return 0;
		}
	}
	return bad_value(reading, key,
			 "it must be local_wins, remote_wins or newer_wins",
			 err);
}

/* Takes one key; `name` is its path in the document. */
static int set_key(const struct reading *reading, const char *name,
		   const cJSON *value, struct err *err)
{
	struct smuggler_config *config = reading->config;
	const char *last = strrchr(name, '.');

	if (!strncmp(name, "target.", 7)) {
		if (!strcmp(last, ".account_id"))
			return set_id(reading, &config->account_id, name, value,
				      err);
		if (!strcmp(last, ".api_token"))
			return set_token(reading, name, value, err);
		if (!strcmp(last, ".database_id"))
			return set_id(reading, &config->database_id, name,
				      value, err);
	}
	if (!strcmp(name, "cloudflare_account_id"))
		return set_id(reading, &config->account_id, name, value, err);
	if (!strcmp(name, "cloudflare_api_token"))
		return set_token(reading, name, value, err);
	if (!strcmp(name, "database_id"))
		return set_id(reading, &config->database_id, name, value, err);
	if (!strcmp(name, "local_db"))
		return set_text(reading, &config->local_db, name, value, err);
	if (!strcmp(name, "sync.tables"))
		return set_names(reading, &config->tables, name, value, err);
	if (!strcmp(name, "sync.exclude_tables"))
		return set_names(reading, &config->exclude_tables, name, value,
				 err);
	if (!strcmp(name, "sync.timestamp_column"))
		return set_text(reading, &config->timestamp_column, name, value,
				err);
	if (!strcmp(name, "sync.conflict_resolution"))
		return set_conflict(reading, name, value, err);
	return name_list_add(&config->others,
			     arena_string(&config->arena, name), &config->arena,
			     err);
}

/* A database of another kind is none that we know: its settings stay there. */
static int check_target(const struct reading *reading, const cJSON *root,
			struct err *err)
{
	const cJSON *type = jsonc_member(jsonc_member(root, "target"), "type");

	if (!type || (cJSON_IsString(type) && !strcmp(type->valuestring, "d1")))
		return 0;
	return bad_value(reading, "target.type", "it must be d1", err);
}

static int read_all(const struct reading *reading, const cJSON *root,
		    struct err *err)
{
	struct arena *arena = &reading->config->arena;
	const cJSON *member, *inner;

	if (check_target(reading, root, err) < 0)
		return err->code;
	cJSON_ArrayForEach(member, root)
	{
		bool is_section = !strcmp(member->string, "sync") ||
				  !strcmp(member->string, "target");

		if (!is_section) {
			if (set_key(reading, member->string, member, err) < 0)
				return err->code;
			continue;
		}
		if (!cJSON_IsObject(member))
			return bad_value(reading, member->string,
					 "it must be a table", err);
		cJSON_ArrayForEach(inner, member)
		{
			const char *name =
				arena_format(arena, "%s.%s", member->string,
					     inner->string);

			if (!name)
				return err_set_nomem(err);
			if (strcmp(name, "target.type") != 0 &&
			    set_key(reading, name, inner, err) < 0)
				return err->code;
		}
	}
	return 0;
}

int smuggler_config_load(struct smuggler_config *config, const char *path,
			 struct err *err)
{
	const struct reading reading = { .config = config, .path = path };
	cJSON *root = NULL;

	smuggler_config_release(config);
	config->path = arena_string(&config->arena, path);
	if (!config->path)
		return err_set_nomem(err);
	if (document_load_secret_toml(&root, path, err) == 0)
		(void)!read_all(&reading, root, err);
	document_free(root);
	return err->code;
}
