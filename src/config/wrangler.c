#include "config.h"

#include "config/wrangler.h"

#include <stdlib.h>
#include <string.h>

#include "config/document.h"
#include "config/jsonc.h"
#include "util/buf.h"
#include "util/compiler.h"
#include "util/file.h"
#include "util/path.h"

void wrangler_config_release(struct wrangler_config *config)
{
	arena_release(&config->arena);
	*config = (struct wrangler_config)WRANGLER_CONFIG_INIT;
}

/*
 * Looks for `name` in `dir` and above it. D1_ENOTFOUND, without a message, if
 * it is nowhere.
 */
static int find_upwards(char **path, const char *dir, const char *name,
			struct err *err)
{
	char *here = path_resolve(dir, ".");

	*path = NULL;
	while (here) {
		char *above;

		*path = path_resolve(here, name);
		if (!*path || file_exists(*path))
			break;
		free(*path);
		*path = NULL;
		if (!strcmp(here, "/")) {
			free(here);
			return D1_ENOTFOUND;
		}
		above = path_dirname(here);
		free(here);
		here = above;
	}
	free(here);
	return *path ? 0 : err_set_nomem(err);
}

int wrangler_config_find(char **path, const char *dir, struct err *err)
{
	static const char *const names[] = { "wrangler.json", "wrangler.jsonc",
					     "wrangler.toml" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int result = find_upwards(path, dir, names[i], err);

		if (result != D1_ENOTFOUND)
			return result;
	}
	err_set(err, D1_ENOTFOUND,
		"no wrangler.json, wrangler.jsonc or wrangler.toml in '%s' or "
		"above",
		dir);
	return err_hint(err, "run git d1 inside a wrangler project, or name "
			     "its configuration with --config");
}

/* Where in the file something stands, for messages. */
struct place {
	const char *file;
	const char *prefix; /* "" or "env.staging." */
};

/* Copies a member that may be missing but must else be a string. */
static int read_string(const char **out, struct arena *arena,
		       const cJSON *object, const char *name,
		       const struct place *place, const char *within,
		       struct err *err)
{
	const cJSON *member = jsonc_member(object, name);

	*out = NULL;
	if (!member)
		return 0;
	if (!cJSON_IsString(member))
		return err_set(err, D1_ERROR, "'%s': %s%s%s must be a string",
			       place->file, place->prefix, within, name);
	*out = arena_string(arena, member->valuestring);
	return *out ? 0 : err_set_nomem(err);
}

static int read_database(struct wrangler_database *database,
			 struct arena *arena, const cJSON *entry, size_t index,
			 const struct place *place, struct err *err)
{
	const struct {
		const char *name;
		const char **field;
	} fields[] = {
		{ "binding", &database->binding },
		{ "database_name", &database->database_name },
		{ "database_id", &database->database_id },
		{ "preview_database_id", &database->preview_database_id },
		{ "migrations_dir", &database->migrations_dir },
		{ "migrations_table", &database->migrations_table },
		{ "migrations_pattern", &database->migrations_pattern },
		{ "database_internal_env", &database->internal_env },
	};
	char *within = arena_format(arena, "d1_databases[%zu].", index);
	int result = 0;

	if (!within)
		return err_set_nomem(err);
	if (!cJSON_IsObject(entry))
		return err_set(err, D1_ERROR,
			       "'%s': %sd1_databases[%zu] must be an object",
			       place->file, place->prefix, index);
	for (size_t i = 0; !result && i < ARRAY_SIZE(fields); i++)
		result = read_string(fields[i].field, arena, entry,
				     fields[i].name, place, within, err);
	if (!result && (!database->binding || !*database->binding))
		result = err_set(err, D1_ERROR, "'%s': %s%sbinding is missing",
				 place->file, place->prefix, within);
	return result;
}

static int read_databases(struct wrangler_environment *environment,
			  struct arena *arena, const cJSON *object,
			  const struct place *place, struct err *err)
{
	const cJSON *list = jsonc_member(object, "d1_databases");
	struct wrangler_database *databases;
	const cJSON *entry;
	size_t count = 0;

	if (!list)
		return 0;
	if (!cJSON_IsArray(list))
		return err_set(err, D1_ERROR,
			       "'%s': %sd1_databases must be an array",
			       place->file, place->prefix);
	databases = arena_array(arena, (size_t)cJSON_GetArraySize(list) + 1,
				sizeof(*databases));
	if (!databases)
		return err_set_nomem(err);
	cJSON_ArrayForEach(entry, list)
	{
		int result = read_database(&databases[count], arena, entry,
					   count, place, err);

		if (result)
			return result;
		count++;
	}
	environment->databases = databases;
	environment->count = count;
	return 0;
}

/* Reads the top level, or a member of `env` that is called `name`. */
static int read_environment(struct wrangler_environment *environment,
			    struct arena *arena, const cJSON *object,
			    const char *name, const char *file, struct err *err)
{
	struct place place = { .file = file, .prefix = "" };
	int result;

	environment->name = name;
	if (name)
		place.prefix = arena_format(arena, "env.%s.", name);
	if (!place.prefix)
		return err_set_nomem(err);
	if (!cJSON_IsObject(object))
		return err_set(err, D1_ERROR, "'%s': env.%s must be an object",
			       file, name);
	result = read_string(&environment->account_id, arena, object,
			     "account_id", &place, "", err);
	if (!result)
		result = read_string(&environment->compliance_region, arena,
				     object, "compliance_region", &place, "",
				     err);
	if (!result)
		result =
			read_databases(environment, arena, object, &place, err);
	/* Wrangler ignores an empty account_id. */
	if (!result && environment->account_id && !*environment->account_id)
		environment->account_id = NULL;
	return result;
}

static void inherit(struct wrangler_environment *environment,
		    const struct wrangler_environment *top)
{
	if (!environment->account_id)
		environment->account_id = top->account_id;
	if (!environment->compliance_region)
		environment->compliance_region = top->compliance_region;
}

static int read_environments(struct wrangler_config *config, const cJSON *root,
			     struct err *err)
{
	const cJSON *list = jsonc_member(root, "env");
	struct wrangler_environment *environments;
	const cJSON *member;
	int result;

	if (list && !cJSON_IsObject(list))
		return err_set(err, D1_ERROR, "'%s': env must be an object",
			       config->path);
	environments = arena_array(&config->arena,
				   (size_t)cJSON_GetArraySize(list) + 1,
				   sizeof(*environments));
	if (!environments)
		return err_set_nomem(err);
	config->environments = environments;
	config->count = 1;
	result = read_environment(&environments[0], &config->arena, root, NULL,
				  config->path, err);
	cJSON_ArrayForEach(member, list)
	{
		struct wrangler_environment *next =
			&environments[config->count];
		char *name = arena_string(&config->arena, member->string);

		if (result)
			break;
		if (!name)
			return err_set_nomem(err);
		config->count++;
		result = read_environment(next, &config->arena, member, name,
					  config->path, err);
		inherit(next, &environments[0]);
	}
	return result;
}

int wrangler_config_load(struct wrangler_config *config, const char *path,
			 struct err *err)
{
	cJSON *root = NULL;
	char *dir = NULL;
	int result;

	wrangler_config_release(config);
	result = document_load(&root, path, err);
	if (result)
		goto out;
	dir = path_dirname(path);
	config->path = arena_string(&config->arena, path);
	config->dir = dir ? arena_string(&config->arena, dir) : NULL;
	if (!config->path || !config->dir) {
		result = err_set_nomem(err);
		goto out;
	}
	config->is_pages = jsonc_member(root, "pages_build_output_dir") != NULL;
	result = read_environments(config, root, err);
out:
	free(dir);
	document_free(root);
	return result;
}

/* Says which environments there are. */
static void hint_environments(const struct wrangler_config *config,
			      struct err *err)
{
	struct buf names;

	buf_init(&names, 512);
	for (size_t i = 1; i < config->count; i++)
		buf_add_format(&names, "%s%s", i > 1 ? ", " : "",
			       config->environments[i].name);
	if (config->count == 1)
		err_hint(err, "the file has no 'env' section");
	else if (!names.failed)
		err_hint(err, "its environments are: %s", names.data);
	buf_release(&names);
}

static bool is_pages_environment(const char *name)
{
	return !strcmp(name, "production") || !strcmp(name, "preview");
}

int wrangler_config_environment(const struct wrangler_environment **environment,
				const struct wrangler_config *config,
				const char *name, struct err *err)
{
	*environment = &config->environments[0];
	if (!name)
		return 0;
	/* The last one wins, as for any name that stands twice in JSON. */
	for (size_t i = config->count; i-- > 1;) {
		if (!strcmp(config->environments[i].name, name)) {
			*environment = &config->environments[i];
			return 0;
		}
	}
	if (config->is_pages && is_pages_environment(name))
		return 0;
	*environment = NULL;
	err_set(err, D1_ENOTFOUND, "no environment '%s' in '%s'", name,
		config->path);
	hint_environments(config, err);
	return err->code;
}

const struct wrangler_database *
wrangler_environment_find(const struct wrangler_environment *environment,
			  const char *name)
{
	for (size_t i = 0; i < environment->count; i++) {
		const struct wrangler_database *entry =
			&environment->databases[i];

		if ((entry->database_name &&
		     !strcmp(entry->database_name, name)) ||
		    !strcmp(entry->binding, name))
			return entry;
	}
	return NULL;
}

const char *wrangler_database_local_name(const struct wrangler_database *entry)
{
	if (entry->preview_database_id)
		return entry->preview_database_id;
	if (entry->database_id)
		return entry->database_id;
	return entry->binding;
}
