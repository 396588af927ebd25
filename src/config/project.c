#include "config.h"

#include "config/project.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/localfile.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/path.h"
#include "util/similar.h"

#define DEFAULT_MIGRATIONS_DIR "./migrations"
#define DEFAULT_MIGRATIONS_TABLE "d1_migrations"

void project_release(struct project *project)
{
	wrangler_config_release(&project->wrangler);
	d1config_release(&project->d1config);
	dotenv_release(&project->dotenv);
	arena_release(&project->arena);
	*project = (struct project)PROJECT_INIT;
}

static const char *config_name(const struct project *project)
{
	return path_basename(project->wrangler.path);
}

/* Moves a string from malloc() into the arena. NULL if either failed. */
static const char *keep(struct project *project, char *string)
{
	const char *copy =
		string ? arena_string(&project->arena, string) : NULL;

	free(string);
	return copy;
}

/* The configuration's path in *path, freed by the caller. */
static int find_config(char **path, const struct project_options *options,
		       struct err *err)
{
	char *named, *real;

	if (!options->config)
		return wrangler_config_find(path, options->dir, err);
	named = path_resolve(options->dir, options->config);
	if (!named)
		return err_set_nomem(err);
	/* The worktree is known by its real path, too. */
	real = realpath(named, NULL);
	if (real) {
		free(named);
		named = real;
	}
	*path = named;
	return 0;
}

/* Chooses the active environment, without a look at whether it exists. */
static void choose_environment(struct project *project)
{
	const char *named = project->options.environment;
	const char *variable, *file;

	if (named) {
		project->environment_origin = "--env";
	} else {
		named = account_variable("CLOUDFLARE_ENV", NULL,
					 &project->dotenv, &variable, &file);
		if (named)
			project->environment_origin =
				file ? file : "CLOUDFLARE_ENV";
	}
	project->environment = named && *named ? named : NULL;
}

static int find_persist_dir(struct project *project, struct err *err)
{
	const struct project_options *options = &project->options;
	char *dir = options->persist_to
			    ? path_resolve(options->dir, options->persist_to)
			    : path_resolve(project->wrangler.dir,
					   ".wrangler/state");

	project->persist_dir = keep(project, dir);
	return project->persist_dir ? 0 : err_set_nomem(err);
}

/* Reads .d1config from the top of the worktree, else from beside the config. */
static int load_d1config(struct project *project, struct err *err)
{
	const char *dirs[] = { project->options.worktree,
			       project->wrangler.dir };
	const char *path = NULL;

	for (size_t i = 0; !path && i < ARRAY_SIZE(dirs); i++) {
		const char *here;

		if (!dirs[i])
			continue;
		here = keep(project, path_resolve(dirs[i], ".d1config"));
		if (!here)
			return err_set_nomem(err);
		if (file_exists(here) || i + 1 == ARRAY_SIZE(dirs))
			path = here;
	}
	return d1config_load(&project->d1config, path, project->options.git,
			     err);
}

/* The logical name of all databases with this binding. */
static const char *logical_name(const struct project *project,
				const char *binding)
{
	const char *name = d1config_database_name(&project->d1config, binding);

	for (size_t i = 0; !name && i < project->wrangler.count; i++) {
		const struct wrangler_environment *environment =
			&project->wrangler.environments[i];

		for (size_t j = 0; j < environment->count; j++) {
			const struct wrangler_database *entry =
				&environment->databases[j];

			if (strcmp(entry->binding, binding) != 0)
				continue;
			return entry->database_name ? entry->database_name
						    : binding;
		}
	}
	return name ? name : binding;
}

/* Fills a database from its entry. */
static int make_database(struct database *database, struct project *project,
			 const struct wrangler_environment *environment,
			 const struct wrangler_database *entry, struct err *err)
{
	const char *migrations = entry->migrations_dir;
	char *path;
	int result;

	*database = (struct database){
		.name = logical_name(project, entry->binding),
		.binding = entry->binding,
		.environment = environment->name,
		.database_name = entry->database_name,
		.id = entry->database_id,
		.preview_id = entry->preview_database_id,
		.internal_env = entry->internal_env,
		.migrations_table = entry->migrations_table,
		.migrations_pattern = entry->migrations_pattern,
	};
	/* As in wrangler, what is empty is not set. */
	if (!migrations || !*migrations)
		migrations = DEFAULT_MIGRATIONS_DIR;
	if (!database->migrations_table || !*database->migrations_table)
		database->migrations_table = DEFAULT_MIGRATIONS_TABLE;
	if (database->id && !*database->id)
		database->id = NULL;
	if (database->preview_id && !*database->preview_id)
		database->preview_id = NULL;
	result = localfile_path(&path, project->persist_dir,
				wrangler_database_local_name(entry), err);
	if (result)
		return result;
	database->local_path = keep(project, path);
	database->migrations_dir =
		keep(project, path_resolve(project->wrangler.dir, migrations));
	if (!database->local_path || !database->migrations_dir)
		return err_set_nomem(err);
	return 0;
}

/* The databases of one environment, which may be named or not. */
static int make_databases(const struct database **databases, size_t *count,
			  struct project *project, const char *name,
			  struct err *err)
{
	const struct wrangler_environment *environment;
	struct database *list;
	int result;

	result = wrangler_config_environment(&environment, &project->wrangler,
					     name, err);
	if (result)
		return result;
	list = arena_array(&project->arena, environment->count + 1,
			   sizeof(*list));
	if (!list)
		return err_set_nomem(err);
	for (size_t i = 0; !result && i < environment->count; i++)
		result = make_database(&list[i], project, environment,
				       &environment->databases[i], err);
	*databases = list;
	*count = environment->count;
	return result;
}

static bool has_binding(const struct project *project, const char *binding)
{
	for (size_t i = 0; i < project->wrangler.count; i++) {
		const struct wrangler_environment *environment =
			&project->wrangler.environments[i];

		for (size_t j = 0; j < environment->count; j++) {
			if (!strcmp(environment->databases[j].binding, binding))
				return true;
		}
	}
	return false;
}

static int warn(struct project *project, const char *text, struct err *err)
{
	struct name_list *list = &project->warnings;
	const char **names =
		arena_array(&project->arena, list->count + 1, sizeof(*names));

	if (!names || !text)
		return err_set_nomem(err);
	if (list->count)
		memcpy(names, list->names, list->count * sizeof(*names));
	names[list->count] = text;
	list->names = names;
	list->count++;
	return 0;
}

/* Collects the warnings of .d1config, and about bindings that are not there. */
static int check_d1config(struct project *project, struct err *err)
{
	const struct d1config *config = &project->d1config;
	int result = 0;

	for (size_t i = 0; !result && i < config->warnings.count; i++)
		result = warn(project, config->warnings.names[i], err);
	for (size_t i = 0; !result && i < config->database_count; i++) {
		const char *binding = config->database_sections[i].binding;

		if (!has_binding(project, binding))
			result = warn(project,
				      arena_format(&project->arena,
						   "no database in '%s' has "
						   "the binding '%s' that is "
						   "set up in .d1config",
						   config_name(project),
						   binding),
				      err);
	}
	return result;
}

/* An environment that came from afar is named with where it came from. */
static int explain_environment(const struct project *project, struct err *err)
{
	if (err->code == D1_ENOTFOUND && project->environment_origin &&
	    strcmp(project->environment_origin, "--env") != 0)
		return err_context(err, "environment from %s",
				   project->environment_origin);
	return err->code;
}

int project_load(struct project *project, const struct project_options *options,
		 struct err *err)
{
	char *path = NULL;
	int result;

	project_release(project);
	project->options = *options;
	result = find_config(&path, options, err);
	if (!result)
		result = wrangler_config_load(&project->wrangler, path, err);
	if (!result)
		result = dotenv_load(&project->dotenv, options->dir,
				     options->environment &&
						     *options->environment
					     ? options->environment
					     : NULL,
				     err);
	if (!result)
		result = find_persist_dir(project, err);
	if (!result)
		result = load_d1config(project, err);
	if (!result)
		result = check_d1config(project, err);
	if (!result) {
		choose_environment(project);
		result = make_databases(&project->databases, &project->count,
					project, project->environment, err);
		if (result)
			explain_environment(project, err);
	}
	free(path);
	return result;
}

/* The databases to choose from. */
struct choice {
	const struct database *databases;
	size_t count;
	const char *environment; /* NULL: top level */
};

/* True if both entries stand for one and the same database. */
static bool is_same(const struct database *a, const struct database *b)
{
	if (a == b)
		return true;
	return a->id && b->id && !strcmp(a->id, b->id) &&
	       !strcmp(a->local_path, b->local_path);
}

static void hint_choice(const struct choice *choice, struct err *err)
{
	struct buf text;

	buf_init(&text, 900);
	for (size_t i = 0; i < choice->count; i++) {
		const struct database *database = &choice->databases[i];

		buf_add_format(&text, "%s%s", i ? ", " : "", database->name);
		if (strcmp(database->name, database->binding) != 0)
			buf_add_format(&text, " (binding %s)",
				       database->binding);
	}
	if (text.len)
		err_hint(err, "databases here: %s", text.data);
	buf_release(&text);
}

/* The part of a message that says which environment was looked at. */
static const char *in_environment(const struct choice *choice)
{
	return choice->environment ? " in environment " : "";
}

static const char *environment_name(const struct choice *choice)
{
	return choice->environment ? choice->environment : "";
}

static int fail_none(const struct project *project, const struct choice *choice,
		     struct err *err)
{
	err_set(err, D1_ENOTFOUND, "'%s' has no d1_databases%s%s",
		config_name(project), in_environment(choice),
		environment_name(choice));
	if (choice->environment && project->wrangler.environments[0].count)
		return err_hint(err,
				"d1_databases are not inherited: repeat them "
				"in env.%s",
				choice->environment);
	return err_hint(err, "'wrangler d1 create <name>' makes a database and "
			     "shows what to add");
}

/* The one database there is; several entries may stand for the same. */
static int choose_only(const struct database **database,
		       const struct project *project,
		       const struct choice *choice, struct err *err)
{
	for (size_t i = 1; i < choice->count; i++) {
		if (is_same(&choice->databases[0], &choice->databases[i]))
			continue;
		err_set(err, D1_ERROR,
			"'%s' has several databases%s%s: name the one you mean",
			config_name(project), in_environment(choice),
			environment_name(choice));
		hint_choice(choice, err);
		return err->code;
	}
	*database = &choice->databases[0];
	return 0;
}

static const struct database *find_named(const struct choice *choice,
					 const char *name)
{
	for (size_t i = 0; i < choice->count; i++) {
		if (!strcmp(choice->databases[i].name, name))
			return &choice->databases[i];
	}
	for (size_t i = 0; i < choice->count; i++) {
		const struct database *database = &choice->databases[i];

		if (!strcmp(database->binding, name) ||
		    (database->database_name &&
		     !strcmp(database->database_name, name)))
			return database;
	}
	return NULL;
}

/* An unknown name: perhaps it is known in another environment. */
static int fail_unknown(const struct project *project,
			const struct choice *choice, const char *name,
			struct err *err)
{
	struct similar similar;

	err_set(err, D1_ENOTFOUND, "no database '%s' in '%s'%s%s", name,
		config_name(project), in_environment(choice),
		environment_name(choice));
	for (size_t i = 0; i < project->wrangler.count; i++) {
		const struct wrangler_environment *other =
			&project->wrangler.environments[i];

		if (!wrangler_environment_find(other, name))
			continue;
		if (other->name)
			return err_hint(err,
					"environment %s has it: use --env %s",
					other->name, other->name);
		return err_hint(err, "the top level has it, no environment");
	}
	similar_init(&similar, name);
	for (size_t i = 0; i < choice->count; i++)
		similar_offer(&similar, choice->databases[i].name);
	if (similar.best)
		return err_hint(err, "did you mean '%s'?", similar.best);
	hint_choice(choice, err);
	return err->code;
}

/* A logical name becomes a directory and a part of a ref. */
static bool is_fit_name(const char *name)
{
	size_t length = strlen(name);

	return length && length <= 100 && *name != '.' && *name != '-' &&
	       !strstr(name, "..") && name[length - 1] != '.' &&
	       (length < 5 || strcmp(name + length - 5, ".lock") != 0) &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._-")];
}

/* Makes sure that the logical name means this database and no other. */
static int check_name(const struct database *database,
		      const struct choice *choice, struct err *err)
{
	if (!is_fit_name(database->name)) {
		err_set(err, D1_EREFUSED,
			"'%s' cannot be the name of a database in git",
			database->name);
		return err_hint(err,
				"give it another in .d1config: git config -f "
				".d1config database.%s.name <name>",
				database->binding);
	}
	for (size_t i = 0; i < choice->count; i++) {
		const struct database *other = &choice->databases[i];

		/* Some file systems do not tell letter cases apart. */
		if (strcasecmp(other->name, database->name) != 0 ||
		    is_same(other, database))
			continue;
		err_set(err, D1_EREFUSED,
			"the bindings '%s' and '%s' are different databases "
			"with the same name '%s'",
			database->binding, other->binding, database->name);
		return err_hint(err,
				"give one another name in .d1config: git "
				"config -f .d1config database.%s.name <name>",
				other->binding);
	}
	return 0;
}

int project_find(const struct database **database, struct project *project,
		 const char *name, const char *environment, struct err *err)
{
	struct choice choice = {
		.databases = project->databases,
		.count = project->count,
		.environment = project->environment,
	};
	int result = 0;

	*database = NULL;
	if (environment) {
		choice.environment = *environment ? environment : NULL;
		result = make_databases(&choice.databases, &choice.count,
					project, choice.environment, err);
	}
	if (result)
		return result;
	if (!choice.count)
		return fail_none(project, &choice, err);
	if (!name) {
		result = choose_only(database, project, &choice, err);
	} else {
		*database = find_named(&choice, name);
		if (!*database)
			result = fail_unknown(project, &choice, name, err);
	}
	if (!result && *database)
		result = check_name(*database, &choice, err);
	if (result)
		*database = NULL;
	return result;
}

int project_at(const struct database **database, struct project *project,
	       size_t i, struct err *err)
{
	const struct database *entry = &project->databases[i];

	if (project_find(database, project, entry->name, NULL, err) < 0)
		return err->code;
	if (*database != entry)
		*database = NULL;
	return 0;
}

int project_remote_id(const char **id, const struct project *project,
		      const struct database *database, bool preview,
		      struct err *err)
{
	*id = preview ? database->preview_id : database->id;
	if (*id)
		return 0;
	err_set(err, D1_ERROR, "binding '%s' in '%s' has no %s",
		database->binding, config_name(project),
		preview ? "preview_database_id" : "database_id");
	return err_hint(err, "'wrangler d1 list' shows the ids of the "
			     "databases of the account");
}

bool project_is_protected(const struct project *project,
			  const struct database *database)
{
	return d1config_is_protected(&project->d1config, database->binding,
				     database->environment);
}

int project_migrations_dir(char **dir, const struct project *project,
			   const struct database *database, struct err *err)
{
	const char *top = project->options.worktree;

	*dir = NULL;
	if (top) {
		int result = path_check_inside(top, database->migrations_dir,
					       "migrations_dir", err);

		if (result)
			return result;
	}
	*dir = strdup(database->migrations_dir);
	return *dir ? 0 : err_set_nomem(err);
}

int project_snapshot_dir(char **dir, const struct project *project,
			 const struct database *database, struct err *err)
{
	const char *top = project->options.worktree;
	char *base;
	int result;

	if (!top)
		top = project->wrangler.dir;
	*dir = NULL;
	base = path_resolve(top, project->d1config.snapshot_path);
	if (base)
		*dir = path_resolve(base, database->name);
	free(base);
	if (!*dir)
		return err_set_nomem(err);
	result = path_check_inside(top, *dir, "snapshotPath", err);
	if (result) {
		free(*dir);
		*dir = NULL;
	}
	return result;
}

int project_account(struct account *account, const struct project *project,
		    const struct database *database, struct err *err)
{
	const char *name =
		database ? database->environment : project->environment;
	struct account_sources sources = {
		.dir = project->options.dir,
		.config_path = project->wrangler.path,
		.dotenv = &project->dotenv,
		.git = project->options.git,
	};
	int result;

	result = wrangler_config_environment(&sources.environment,
					     &project->wrangler, name, err);
	return result ? result : account_resolve(account, &sources, err);
}
