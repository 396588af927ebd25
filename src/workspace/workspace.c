#include "config.h"

#include "workspace/workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/maskkey.h"
#include "git/tree.h"
#include "util/path.h"
#include "util/progress.h"
#include "util/trace.h"
#include "workspace/report.h"

enum { MAX_SETTINGS = 1 << 20 };

void workspace_init(struct workspace *workspace,
		    const struct workspace_options *options)
{
	memset(workspace, 0, sizeof(*workspace));
	workspace->options = *options;
	progress_start((enum progress_when)options->progress);
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
	if (workspace->has_repository)
		repository_close(&workspace->repository);
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
static int find_project(char **dir, struct workspace *workspace,
			struct err *err)
{
	const char *config = workspace->options.config;
	char *path = path_resolve(workspace->dir, config ? config : ".");

	*dir = path && config ? path_dirname(path) : path;
	if (*dir != path)
		free(path);
	return *dir ? 0 : err_set_nomem(err);
}

static int find_worktree(struct workspace *workspace, struct err *err)
{
	const char *known = workspace->repository.worktree;
	char *dir;

	free(workspace->worktree);
	workspace->worktree = NULL;
	if (known) {
		workspace->worktree = strdup(known);
		return workspace->worktree ? 0 : err_set_nomem(err);
	}
	if (find_project(&dir, workspace, err) == 0)
		(void)!repository_worktree(&workspace->worktree, dir, err);
	free(dir);
	return err->code;
}

int workspace_repository(struct workspace *workspace,
			 const struct repository **repository, struct err *err)
{
	char *dir = NULL;

	*repository = &workspace->repository;
	if (workspace->has_repository)
		return 0;
	if (find_directory(workspace, err) == 0 &&
	    find_project(&dir, workspace, err) == 0 &&
	    repository_open(&workspace->repository, dir, err) == 0)
		workspace->has_repository = true;
	free(dir);
	return err->code;
}

/* "<state of the user>/git-d1", freed by the caller. */
static char *user_journal(struct err *err)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *dir = NULL;

	if (state && *state == '/')
		(void)!asprintf(&dir, "%s/git-d1", state);
	else if (home && *home == '/')
		(void)!asprintf(&dir, "%s/.local/state/git-d1", home);
	else
		err_set(err, D1_ERROR,
			"there is no place for the journal: neither a "
			"repository nor HOME");
	if (!dir && !err->code)
		err_set_nomem(err);
	return dir;
}

int workspace_journal(struct workspace *workspace, struct journal **journal,
		      struct err *err)
{
	const struct repository *repository;
	char *dir = NULL;

	*journal = NULL;
	if (workspace_repository(workspace, &repository, err) == 0) {
		if (asprintf(&dir, "%s/d1/journal", repository->common_dir) < 0)
			dir = NULL;
	} else if (err->code == D1_ENOTFOUND) {
		err_clear(err);
		dir = user_journal(err);
	}
	if (dir)
		(void)!journal_open(journal, dir, err);
	else if (!err->code)
		err_set_nomem(err);
	free(dir);
	return err->code;
}

int workspace_settings(struct workspace *workspace,
		       const struct d1config **settings, struct err *err)
{
	struct err unusable = ERR_INIT;
	char *path = NULL;

	*settings = workspace->has_project ? &workspace->project.d1config
					   : &workspace->settings;
	if (workspace->has_project || workspace->has_settings)
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

static int read_protection(struct workspace *workspace, const char *commit,
			   struct err *err)
{
	static const char name[] = "HEAD:.d1config";
	struct filetree *tree;
	struct stream *stream;
	struct buf text;

	if (commit_tree_open(&tree, &workspace->repository, commit, "", err) <
	    0)
		return err->code;
	buf_init(&text, MAX_SETTINGS);
	if (filetree_open(tree, ".d1config", &stream, err) == 0) {
		if (stream_read_all(stream, &text, name, err) == 0 &&
		    text.len > 0)
			(void)!d1config_add_protected(
				&workspace->project.d1config, text.data,
				text.len, name, err);
		stream_close(stream);
	} else if (err->code == D1_ENOTFOUND) {
		err_clear(err);
	}
	buf_release(&text);
	filetree_close(tree);
	return err->code;
}

int workspace_is_protected(bool *is_protected, struct workspace *workspace,
			   const struct database *database, struct err *err)
{
	const struct repository *repository;
	char commit[OBJECT_ID_SIZE];

	if (!workspace->has_protection) {
		if (workspace_repository(workspace, &repository, err) == 0 &&
		    repository_commit(repository, commit, "HEAD", err) == 0)
			(void)!read_protection(workspace, commit, err);
		else if (err->code == D1_ENOTFOUND)
			err_clear(err);
		if (err->code)
			return err->code;
		workspace->has_protection = true;
	}
	*is_protected = project_is_protected(&workspace->project, database);
	return 0;
}

int workspace_drivers(const struct workspace *workspace,
		      struct drivers *drivers, struct err *err)
{
	const char *top = workspace->worktree;
	char *folder =
		path_resolve(top, workspace->project.d1config.snapshot_path);
	char *data = folder ? path_resolve(folder, "any/data") : NULL;

	if (data)
		(void)!drivers_look(drivers, &workspace->git, top, data, err);
	else
		err_set_nomem(err);
	free(folder);
	free(data);
	return err->code;
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

const char *workspace_account(const struct workspace *workspace,
			      const struct d1_client *client)
{
	const struct connection *connection = connection_of(workspace, client);

	return connection ? connection->account_id : NULL;
}

const char *workspace_token_origin(const struct workspace *workspace,
				   const struct d1_client *client)
{
	const struct connection *connection = connection_of(workspace, client);

	return connection ? connection->token.origin : NULL;
}

void workspace_judge_token(struct workspace *workspace,
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
