#include "config.h"

#include "cmd/workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/report.h"
#include "config/maskkey.h"
#include "git/repository.h"
#include "source/remote.h"
#include "source/sqlite.h"
#include "util/path.h"
#include "util/trace.h"

void workspace_init(struct workspace *workspace,
		    const struct workspace_options *options)
{
	memset(workspace, 0, sizeof(*workspace));
	workspace->options = *options;
	git_config_init(&workspace->git);
}

void workspace_release(struct workspace *workspace)
{
	while (workspace->connections) {
		struct connection *connection = workspace->connections;

		workspace->connections = connection->next;
		d1_client_close(connection->client);
		token_release(&connection->token);
		free(connection->account_id);
		free(connection);
	}
	if (workspace->has_project)
		project_release(&workspace->project);
	if (workspace->has_settings)
		d1config_release(&workspace->settings);
	if (workspace->mask_secret)
		trace_unhide(workspace->mask_secret);
	mask_key_release(&workspace->mask_key);
	git_config_release(&workspace->git);
	free(workspace->worktree);
	free(workspace->dir);
}

static int find_directory(struct workspace *workspace, struct err *err)
{
	if (workspace->dir)
		return 0;
	workspace->dir = getcwd(NULL, 0);
	if (!workspace->dir)
		return err_set_errno(err, "cannot tell the current directory");
	return 0;
}

int workspace_git(struct workspace *workspace, struct err *err)
{
	if (workspace->has_git)
		return 0;
	if (find_directory(workspace, err) < 0 ||
	    git_config_load(&workspace->git, workspace->dir, err) < 0)
		return err->code;
	workspace->has_git = true;
	return 0;
}

/* The directory of the project: that of --config, else where the command is. */
static int find_worktree(struct workspace *workspace, struct err *err)
{
	const char *config = workspace->options.config;
	char *path = config ? path_resolve(workspace->dir, config) : NULL;
	char *dir = path ? path_dirname(path) : NULL;

	free(workspace->worktree);
	workspace->worktree = NULL;
	if (config && !dir)
		err_set_nomem(err);
	else
		(void)!repository_worktree(&workspace->worktree,
					   dir ? dir : workspace->dir, err);
	free(dir);
	free(path);
	return err->code;
}

int workspace_settings(struct workspace *workspace,
		       const struct d1config **settings, struct err *err)
{
	struct err unusable = ERR_INIT;
	char *path = NULL;

	*settings = &workspace->settings;
	if (workspace->has_settings)
		return 0;
	if (workspace_git(workspace, err) < 0)
		return err->code;
	if (find_worktree(workspace, &unusable) < 0) {
		/* two files can be compared inside a broken repository, too */
		err_context(&unusable, "the settings in .d1config are not "
				       "known");
		report_warning_err(&unusable);
	}
	path = path_resolve(workspace->worktree ? workspace->worktree
						: workspace->dir,
			    ".d1config");
	if (!path)
		return err_set_nomem(err);
	workspace->has_settings = true;
	(void)!d1config_load(&workspace->settings, path, &workspace->git, err);
	free(path);
	for (size_t i = 0; i < workspace->settings.warnings.count; i++)
		report_warning("%s", workspace->settings.warnings.names[i]);
	return err->code;
}

int workspace_project(struct workspace *workspace, struct err *err)
{
	struct project_options options = {
		.config = workspace->options.config,
		.environment = workspace->options.environment,
		.persist_to = workspace->options.persist_to,
	};
	struct project *project = &workspace->project;

	if (workspace->has_project)
		return 0;
	if (workspace_git(workspace, err) < 0 ||
	    find_worktree(workspace, err) < 0)
		return err->code;
	options.dir = workspace->dir;
	options.worktree = workspace->worktree;
	options.git = &workspace->git;
	if (project_load(project, &options, err) < 0) {
		project_release(project);
		return err->code;
	}
	workspace->has_project = true;
	for (size_t i = 0; i < project->warnings.count; i++)
		report_warning("%s", project->warnings.names[i]);
	return 0;
}

int workspace_mask_key(struct workspace *workspace, const struct mask_key **key,
		       struct err *err)
{
	const char *origin, *secret;

	*key = &workspace->mask_key;
	if (workspace->mask_key.size > 0)
		return 0;
	if (workspace_git(workspace, err) < 0)
		return err->code;
	secret = maskkey_find(&origin, &workspace->git);
	if (!secret)
		return mask_key_draw(&workspace->mask_key, err);
	if (mask_key_set(&workspace->mask_key, secret, err) < 0)
		return err_context(err, "%s", origin);
	workspace->mask_secret = secret;
	trace_hide(secret);
	return 0;
}

/* ---- connections ---- */

static void show_notice(void *data, const char *text)
{
	(void)data;
	report_warning("%s", text);
}

static int connect_account(struct connection *connection,
			   struct workspace *workspace,
			   const struct account *account, struct err *err)
{
	struct token_options options = {
		.dir = workspace->dir,
		.dotenv = &workspace->project.dotenv,
		.may_prompt = !workspace->options.never_ask &&
			      isatty(STDIN_FILENO) && isatty(STDERR_FILENO),
	};
	struct d1_access access = {
		.base_url = account->base_url,
		.account_id = account->id,
		.http = { .notice = show_notice },
	};
	struct token *token = &connection->token;

	if (token_find(token, account, &options, err) < 0)
		return err->code;
	if (token->warning)
		report_warning("%s", token->warning);
	if (token->email) {
		access.key = token->secret;
		access.email = token->email;
	} else {
		access.token = token->secret;
	}
	return d1_client_open(&connection->client, &access, err);
}

static int add_connection(struct workspace *workspace,
			  struct d1_client **client,
			  const struct account *account, struct err *err)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return err_set_nomem(err);
	connection->next = workspace->connections;
	workspace->connections = connection;
	connection->account_id = strdup(account->id);
	if (!connection->account_id)
		return err_set_nomem(err);
	if (connect_account(connection, workspace, account, err) < 0)
		return err->code;
	*client = connection->client;
	return 0;
}

static int require_account(const struct account *account, struct err *err)
{
	if (account->id)
		return 0;
	err_set(err, D1_EAUTH, "the Cloudflare account id is not known");
	return err_hint(err, "set account_id in the wrangler configuration, or "
			     "CLOUDFLARE_ACCOUNT_ID");
}

int workspace_client(struct workspace *workspace, struct d1_client **client,
		     const struct database *database, struct err *err)
{
	struct account account = ACCOUNT_INIT;

	if (workspace_project(workspace, err) < 0)
		return err->code;
	if (project_account(&account, &workspace->project, database, err) < 0 ||
	    require_account(&account, err) < 0)
		goto out;
	for (struct connection *known = workspace->connections; known;
	     known = known->next) {
		if (known->client &&
		    strcmp(known->account_id, account.id) == 0) {
			*client = known->client;
			goto out;
		}
	}
	if (add_connection(workspace, client, &account, err) < 0)
		goto out;
out:
	account_release(&account);
	return err->code;
}

static struct connection *connection_of(const struct workspace *workspace,
					const struct d1_client *client)
{
	struct connection *connection = workspace->connections;

	while (connection && connection->client != client)
		connection = connection->next;
	return connection;
}

const char *workspace_token_origin(const struct workspace *workspace,
				   const struct d1_client *client)
{
	const struct connection *connection = connection_of(workspace, client);

	return connection ? connection->token.origin : NULL;
}

/* ---- sides ---- */

static int label_side(struct side *side, struct err *err)
{
	const struct endpoint *endpoint = &side->endpoint;
	struct buf label;

	if (endpoint->kind == ENDPOINT_FILE) {
		side->label = strdup(endpoint->path);
		return side->label ? 0 : err_set_nomem(err);
	}
	buf_init(&label, 1 << 16);
	buf_add_format(&label, "%s/%s", side->database->name,
		       endpoint_side(endpoint));
	if (endpoint->environment && *endpoint->environment)
		buf_add_format(&label, "@%s", endpoint->environment);
	if (buf_check(&label, "a label", err) == 0) {
		side->label = buf_take(&label);
		if (!side->label)
			err_set_nomem(err);
	}
	buf_release(&label);
	return err->code;
}

/* A text such as db/local may be a path where there is no database `db`. */
static bool fall_back_to_path(struct side *side, const char *text)
{
	struct endpoint *endpoint = &side->endpoint;

	if (!endpoint->database || access(text, F_OK) < 0)
		return false;
	endpoint_release(endpoint);
	endpoint->kind = ENDPOINT_FILE;
	endpoint->path = strdup(text);
	return endpoint->path != NULL;
}

int workspace_resolve(struct workspace *workspace, struct side *side,
		      const char *text, struct err *err)
{
	struct endpoint *endpoint = &side->endpoint;

	memset(side, 0, sizeof(*side));
	if (endpoint_parse(endpoint, text, err) < 0)
		return err->code;
	if (endpoint->kind == ENDPOINT_FILE)
		return label_side(side, err);
	if (workspace_project(workspace, err) < 0 ||
	    project_find(&side->database, &workspace->project,
			 endpoint->database, endpoint->environment, err) < 0) {
		if (err->code != D1_ENOTFOUND || !fall_back_to_path(side, text))
			return err->code;
		err_clear(err);
		return label_side(side, err);
	}
	if (label_side(side, err) < 0)
		return err->code;
	if (endpoint->kind == ENDPOINT_LOCAL)
		return 0;
	return project_remote_id(&side->remote_id, &workspace->project,
				 side->database,
				 endpoint->kind == ENDPOINT_PREVIEW, err);
}

void side_release(struct side *side)
{
	endpoint_release(&side->endpoint);
	free(side->label);
	memset(side, 0, sizeof(*side));
}

/* The options that wrangler needs to mean the same database. */
static void hint_at_wrangler(const struct workspace *workspace,
			     const struct database *database, struct err *err)
{
	const char *environment = database->environment;
	const char *config = workspace->options.config;
	const char *persist_to = workspace->options.persist_to;

	err_hint(err,
		 "there is no local database yet: run `wrangler d1 migrations "
		 "apply %s --local%s%s%s%s%s%s` or `wrangler dev`, which make "
		 "it",
		 database->database_name ? database->database_name
					 : database->binding,
		 environment ? " --env " : "", environment ? environment : "",
		 config ? " --config " : "", config ? config : "",
		 persist_to ? " --persist-to " : "",
		 persist_to ? persist_to : "");
}

static int open_local(const struct workspace *workspace, struct side *side,
		      struct source **source, struct err *err)
{
	if (sqlite_open(source, side->database->local_path, err) == 0)
		return 0;
	if (err->code == D1_ENOTFOUND)
		hint_at_wrangler(workspace, side->database, err);
	return err_context(err, "%s", side->label);
}

/* Tells git's credential helpers whether the server took the secret. */
static void judge_token(struct workspace *workspace,
			const struct d1_client *client, bool accepted)
{
	struct connection *connection = connection_of(workspace, client);
	struct err err = ERR_INIT;
	int code = 0;

	if (connection)
		code = accepted ? token_approve(&connection->token, &err)
				: token_reject(&connection->token, &err);
	if (code < 0)
		report_warning_err(&err);
}

int workspace_open(struct workspace *workspace, struct side *side,
		   struct source **source, struct err *err)
{
	switch (side->endpoint.kind) {
	case ENDPOINT_FILE:
		return sqlite_open(source, side->endpoint.path, err);
	case ENDPOINT_LOCAL:
		return open_local(workspace, side, source, err);
	case ENDPOINT_REMOTE:
	case ENDPOINT_PREVIEW:
		break;
	}
	if (workspace_client(workspace, &side->client, side->database, err) < 0)
		return err->code;
	if (remote_open(source, side->client, side->remote_id, side->label,
			err) == 0)
		judge_token(workspace, side->client, true);
	else if (err->code == D1_EAUTH)
		judge_token(workspace, side->client, false);
	return err->code;
}
