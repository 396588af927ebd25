#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/versions.h"
#include "config/maskkey.h"
#include "git/drivers.h"
#include "model/name.h"
#include "render/name.h"
#include "util/file.h"
#include "workspace/workspace.h"

enum { MAX_LINE = 1 << 20 };

static const struct workspace_options env_defaults = { .config = NULL };

static const struct option_spec env_specs[] = {
	WORKSPACE_OPTIONS(struct workspace_options, ), OPTION_END
};

static const char *const env_usage[] = { "git d1 env [<options>]", NULL };

/* ---- lines ---- */

/* "  name    value (origin)"; a value or origin may be NULL. */
static void show(const char *name, const char *value, const char *origin)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "  %-20s ", name);
	if (value)
		name_add_text(&line, value);
	else
		buf_add_string(&line, "not set");
	if (origin) {
		buf_add_string(&line, " (");
		name_add_text(&line, origin);
		buf_add_char(&line, ')');
	}
	buf_add_char(&line, '\n');
	if (!line.failed)
		fwrite(line.data, 1, line.len, stdout);
	buf_release(&line);
}

/*
 * Shows what cannot be found out. It must not keep the rest from being shown:
 * a bug report is about what does not work. So the error comes at the end, the
 * first one of them.
 */
static void show_problem(const char *name, const struct err *found,
			 struct err *err)
{
	show(name, found->message, "error");
	if (!err->code)
		*err = *found;
}

/* ---- sections ---- */

static void show_versions(struct err *err)
{
	struct version versions[VERSION_COUNT] = { { .name = NULL } };
	struct err found = ERR_INIT;

	puts("versions");
	if (versions_find(versions, &found) < 0) {
		show_problem("git", &found, err);
		return;
	}
	for (size_t i = 0; i < VERSION_COUNT; i++)
		show(versions[i].name, versions[i].text, NULL);
}

/* True if there is a project, which is in workspace->project then. */
static bool show_config(struct workspace *workspace, struct err *err)
{
	const char *named = workspace->options.config;
	struct err found = ERR_INIT, none = ERR_INIT;
	char *path = NULL;
	bool has_project = workspace_project(workspace, &found) == 0;

	if (workspace->dir)
		show("directory", workspace->dir, NULL);
	show("worktree", workspace->worktree ? workspace->worktree : "none",
	     NULL);
	if (has_project) {
		show("configuration", workspace->project.wrangler.path,
		     named ? "--config" : "the nearest");
		return true;
	}
	if (found.code == D1_ENOTFOUND && !named && workspace->dir &&
	    wrangler_config_find(&path, workspace->dir, &none) < 0)
		show("configuration", "none", found.message);
	else
		show_problem("configuration", &found, err);
	free(path);
	return false;
}

static void show_project(const struct project *project)
{
	const char *environment = project->environment;

	show("environment", environment ? environment : "top level",
	     project->environment_origin);
	show("local state", project->persist_dir,
	     project->options.persist_to ? "--persist-to" : "default");
	show(".d1config",
	     project->d1config.path ? project->d1config.path : "none", NULL);
}

static void show_protection(struct workspace *workspace,
			    const struct database *database, struct err *err)
{
	struct err found = ERR_INIT;
	bool is_protected;

	if (workspace_is_protected(&is_protected, workspace, database,
				   &found) == 0)
		show("protected", is_protected ? "yes" : "no", NULL);
	else
		show_problem("protected", &found, err);
}

static void show_database(struct workspace *workspace,
			  const struct database *database, struct err *err)
{
	struct buf heading;

	buf_init(&heading, MAX_LINE);
	buf_add_string(&heading, "\ndatabase ");
	name_add(&heading, database->name);
	buf_add_char(&heading, '\n');
	if (!heading.failed)
		fwrite(heading.data, 1, heading.len, stdout);
	buf_release(&heading);
	show("binding", database->binding, NULL);
	show("database_name", database->database_name, NULL);
	show("database_id", database->id, NULL);
	show("preview_database_id", database->preview_id, NULL);
	show("local file", database->local_path,
	     file_exists(database->local_path) ? "exists" : "does not exist");
	show("migrations_dir", database->migrations_dir,
	     directory_exists(database->migrations_dir) ? "exists"
							: "does not exist");
	show("migrations_table", database->migrations_table, NULL);
	show("migrations_pattern", database->migrations_pattern, NULL);
	show_protection(workspace, database, err);
}

/* Where a secret would be taken from. It is looked up, and forgotten. */
static void show_credentials(const struct account *account, const char *dir,
			     const struct dotenv *dotenv)
{
	const struct token_options options = { .dir = dir, .dotenv = dotenv };
	struct token token = TOKEN_INIT;
	struct err found = ERR_INIT;

	if (token_find(&token, account, &options, &found) < 0) {
		show("credentials", "none", found.message);
	} else {
		show("credentials", token.email ? "an API key" : "a token",
		     token.origin);
		if (token.warning)
			show("passed over", token.warning, NULL);
	}
	token_release(&token);
}

/* Without a project there is still an account, and perhaps a .env file. */
static int find_account(struct account *account, struct dotenv *dotenv,
			const struct workspace *workspace, struct err *err)
{
	const struct account_sources sources = {
		.dir = workspace->dir,
		.dotenv = dotenv,
		.git = &workspace->git,
	};

	if (workspace->has_project)
		return project_account(account, &workspace->project, NULL, err);
	if (dotenv_load(dotenv, workspace->dir, NULL, err) < 0)
		return err->code;
	return account_resolve(account, &sources, err);
}

static void show_account(const struct workspace *workspace, struct err *err)
{
	struct account account = ACCOUNT_INIT;
	struct dotenv dotenv = DOTENV_INIT;
	struct err found = ERR_INIT;

	puts("\naccount");
	if (find_account(&account, &dotenv, workspace, &found) < 0) {
		show_problem("account", &found, err);
	} else {
		show("account id", account.id, account.id_origin);
		show("API", account.base_url, account.base_url_origin);
		show_credentials(&account, workspace->dir,
				 workspace->has_project
					 ? &workspace->project.dotenv
					 : &dotenv);
	}
	dotenv_release(&dotenv);
	account_release(&account);
}

/* Whether masks are those of the team: the id tells, and not the key. */
static void show_mask_key(const struct workspace *workspace, struct err *err)
{
	const char *origin, *secret;
	struct mask_key key;
	struct err found = ERR_INIT;
	char line[32];

	secret = maskkey_find(&origin, &workspace->git);
	puts("\nmasks");
	if (!secret) {
		show("mask key", NULL, NULL);
		return;
	}
	if (mask_key_set(&key, secret, &found) < 0) {
		err_context(&found, "%s", origin);
		show_problem("mask key", &found, err);
		return;
	}
	snprintf(line, sizeof(line), "set, its id is %s", key.id);
	show("mask key", line, origin);
	mask_key_release(&key);
}

/* The values stay where they are: a proxy's may hold a password. */
static void show_proxies(void)
{
	/* (curl does not look at HTTP_PROXY: CGI lets clients set it.) */
	static const char *const names[] = {
		"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
		"ALL_PROXY",  "no_proxy",    "NO_PROXY",
	};

	puts("\nproxy variables");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		show(names[i], value && *value ? "set" : NULL, NULL);
	}
}

/* ---- git's configuration ---- */

/* True for a setting of git-d1 whose value is no secret by its nature. */
static bool may_be_shown(const char *key)
{
	static const char *const variables[] = {
		"tables",   "excludetables", "timestampcolumn",
		"conflict", "snapshotpath",  "key",
		"label",    "ignorecolumns", "maskcolumns",
		"track",    "name",	     "protected",
	};
	const char *variable = strrchr(key, '.') + 1;

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (strcmp(variable, variables[i]) == 0)
			return true;
	return false;
}

static void show_git_config(const struct git_config *git)
{
	bool any = false;

	puts("\ngit configuration");
	for (size_t i = 0; i < git->count; i++) {
		const struct git_config_entry *entry = &git->entries[i];

		if (strncmp(entry->key, "d1.", 3) != 0)
			continue;
		any = true;
		if (may_be_shown(entry->key))
			show(entry->key, entry->value ? entry->value : "true",
			     NULL);
		else
			show(entry->key, "set", "its value is not shown");
	}
	if (!any)
		show("d1.*", NULL, NULL);
}

/* What `git d1 init` sets; git says nothing if it is missing. */
static void show_drivers(const struct workspace *workspace, struct err *err)
{
	const char *path = workspace->has_project
				   ? workspace->project.d1config.snapshot_path
				   : "d1";
	struct err found = ERR_INIT;
	struct drivers drivers;
	char *data = NULL;

	if (!workspace->worktree)
		return;
	puts("\ngit drivers");
	for (size_t i = 0; i < DRIVER_SETTINGS; i++) {
		const struct driver_setting *setting = &driver_settings[i];

		show(setting->key,
		     git_config_get(&workspace->git, setting->key),
		     driver_setting_state(setting, &workspace->git) ==
				     DRIVER_READY
			     ? NULL
			     : "not as 'git d1 init' sets it");
	}
	if (asprintf(&data, "%s/any/data", path) < 0) {
		data = NULL;
		err_set_nomem(&found);
	}
	if (data && drivers_look(&drivers, &workspace->git, workspace->worktree,
				 data, &found) == 0)
		show("attributes", driver_state_name(drivers.attributes), NULL);
	else
		show_problem("attributes", &found, err);
	free(data);
}

static int env_run(const struct invocation *call, struct err *err)
{
	struct workspace workspace;

	if (call->arguments.count > 0 || call->separated)
		return err_set(err, D1_EUSAGE, "env takes no arguments");
	workspace_init(&workspace, call->options);
	show_versions(err);
	puts("\nproject");
	if (show_config(&workspace, err)) {
		const struct project *project = &workspace.project;

		show_project(project);
		for (size_t i = 0; i < project->count; i++)
			show_database(&workspace, &project->databases[i], err);
	}
	if (workspace.dir)
		show_account(&workspace, err);
	show_mask_key(&workspace, err);
	show_proxies();
	show_git_config(&workspace.git);
	show_drivers(&workspace, err);
	workspace_release(&workspace);
	return err->code;
}

const struct command command_env = {
	.name = "env",
	.summary = "show every resolved setting, and where it comes from",
	.usage = env_usage,
	.specs = env_specs,
	.defaults = &env_defaults,
	.options_size = sizeof(env_defaults),
	.run = env_run,
};
