#include "config.h"

#include "cmd/setupsmuggler.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/tablesettings.h"
#include "git/credential.h"
#include "git/tracked.h"
#include "model/name.h"
#include "render/name.h"
#include "util/file.h"
#include "util/glob.h"
#include "util/path.h"
#include "util/trace.h"
#include "workspace/report.h"

enum { MAX_FILE = 1 << 20, MAX_LINE = 1 << 22 };

struct takeover {
	struct setup *setup;
	const struct smuggler_config *smuggler;
	const char *binding; /* of the entry with database_id; NULL: none */
	/* the same, as the project knows it; NULL: none, or it is refused */
	const struct database *database;
	struct account account; /* of the project */
	char *d1config;		/* the path, there or not */
	struct git_config file; /* what stands in it */
};

static int tell(struct takeover *takeover, struct err *err)
{
	return setup_tell(takeover->setup, err);
}

/* ---- database and account ---- */

static bool is_id(const char *id, const char *wanted)
{
	return id && strcasecmp(id, wanted) == 0;
}

/* Finds the first entry with the id. */
static int find_database(struct takeover *takeover, struct err *err)
{
	struct project *project = &takeover->setup->workspace.project;
	const char *id = takeover->smuggler->database_id;
	struct err refused = ERR_INIT;

	for (size_t i = 0; i < project->wrangler.count; i++) {
		const struct wrangler_environment *environment =
			&project->wrangler.environments[i];
		const char *name = environment->name ? environment->name : "";

		for (size_t j = 0; id && j < environment->count; j++) {
			const struct wrangler_database *entry =
				&environment->databases[j];

			if (!is_id(entry->database_id, id) &&
			    !is_id(entry->preview_database_id, id))
				continue;
			takeover->binding = entry->binding;
			if (project_find(&takeover->database, project,
					 entry->binding, name, &refused) < 0 &&
			    refused.code != D1_EREFUSED)
				*err = refused;
			return err->code;
		}
	}
	return 0;
}

static int tell_database(struct takeover *takeover, struct err *err)
{
	const struct wrangler_config *wrangler =
		&takeover->setup->workspace.project.wrangler;
	const char *id = takeover->smuggler->database_id;
	struct buf *told = &takeover->setup->told;

	if (!id)
		return 0;
	if (!takeover->binding) {
		report_warning("the database_id %s of '%s' is that of no "
			       "database in '%s'",
			       id, takeover->smuggler->path,
			       path_basename(wrangler->path));
		report_hint("is this the right project? if so, add the "
			    "database to d1_databases");
		return 0;
	}
	buf_add_format(told, "found database_id %s: ", id);
	name_add(told, takeover->database ? takeover->database->name
					  : takeover->binding);
	buf_add_char(told, '\n');
	return tell(takeover, err);
}

static int take_account(struct takeover *takeover, struct err *err)
{
	const char *id = takeover->smuggler->account_id;
	const struct account *known = &takeover->account;
	const struct driver_setting setting = { "d1.accountId", id };

	if (!id)
		return 0;
	if (known->id && strcasecmp(known->id, id) == 0) {
		printf("found account %s in %s\n", id, known->id_origin);
		return 0;
	}
	if (known->id && !git_config_get(&takeover->setup->git, setting.key)) {
		report_warning("the account of the project is %s (%s), not %s",
			       known->id, known->id_origin, id);
		return 0;
	}
	return setup_set(takeover->setup, &setting, err);
}

/* ---- the token ---- */

static const char *account_of(const struct takeover *takeover)
{
	return takeover->smuggler->account_id ? takeover->smuggler->account_id
					      : takeover->account.id;
}

/* Why the token is not given to git at all; false: it can be. */
static bool refuse_token(const struct takeover *takeover, enum tracked tracked)
{
	const char *path = takeover->smuggler->path;

	if (tracked != TRACKED_NO) {
		report_warning("the token in '%s' was not taken over: git %s "
			       "that file",
			       path,
			       tracked == TRACKED_YES
				       ? "tracks"
				       : "does not say whether it tracks");
		report_hint("whoever has the repository has the token: revoke "
			    "it, and make a new one");
		report_hint("'git rm --cached' and a line in .gitignore keep "
			    "the file out of git");
		return true;
	}
	if (account_of(takeover))
		return false;
	report_warning("the token in '%s' was not taken over: it is not known "
		       "to which account it belongs",
		       path);
	report_hint("set cloudflare_account_id there, and run this again");
	return true;
}

static void tell_no_helper(const char *host)
{
	report_warning("the token was not stored: git has no credential helper "
		       "for %s",
		       host);
	report_hint("choose one (gitcredentials(7)), such as 'git config "
		    "--global credential.helper cache', and run this again");
	report_hint("or set CLOUDFLARE_API_TOKEN where git d1 runs");
}

/* Gives the token to the helpers, and asks whether they have it. */
static int store_token(const struct takeover *takeover,
		       struct git_credential *credential, struct err *err)
{
	const struct smuggler_config *smuggler = takeover->smuggler;
	const char *host = takeover->account.host;

	if (takeover->setup->dry_run) {
		printf("would store the token for %s with git credential\n",
		       host);
		return 0;
	}
	free(credential->password);
	credential->password = strdup(smuggler->token);
	if (!credential->password)
		return err_set_nomem(err);
	if (git_credential_approve(credential, err) < 0 ||
	    git_credential_fill(credential, false, err) < 0)
		return err->code;
	if (!credential->password ||
	    strcmp(credential->password, smuggler->token) != 0) {
		tell_no_helper(host);
		return 0;
	}
	printf("stored the token for %s with git credential\n", host);
	report_hint("the token still stands in '%s': nothing of git d1 needs "
		    "it there",
		    smuggler->path);
	return 0;
}

static int give_token(const struct takeover *takeover,
		      struct git_credential *credential, struct err *err)
{
	const char *token = takeover->smuggler->token;
	const struct account *account = &takeover->account;
	bool has_helper;

	if (git_credential_describe(credential, account->protocol,
				    account->host, account_of(takeover),
				    err) < 0 ||
	    git_credential_has_helper(&has_helper, credential, err) < 0)
		return err->code;
	if (!has_helper) {
		tell_no_helper(account->host);
		return 0;
	}
	if (git_credential_fill(credential, false, err) < 0)
		return err->code;
	if (credential->password && strcmp(credential->password, token) == 0) {
		printf("found the token for %s in git credential\n",
		       account->host);
		return 0;
	}
	if (credential->password && !takeover->setup->force) {
		report_warning("git credential has another token for %s: left "
			       "as it is",
			       account->host);
		report_hint("'git d1 init --from-smuggler --force' overwrites "
			    "it");
		return 0;
	}
	return store_token(takeover, credential, err);
}

static int take_token(const struct takeover *takeover, struct err *err)
{
	struct git_credential credential = GIT_CREDENTIAL_INIT;
	const struct smuggler_config *smuggler = takeover->smuggler;
	enum tracked tracked;

	if (smuggler->token_variable)
		printf("passed over the token: '%s' takes it from a variable; "
		       "git d1 takes it from CLOUDFLARE_API_TOKEN\n",
		       smuggler->path);
	if (!smuggler->token)
		return 0;
	trace_hide(smuggler->token);
	if (tracked_find(&tracked, takeover->setup->workspace.dir,
			 smuggler->path, err) == 0 &&
	    !refuse_token(takeover, tracked))
		(void)!give_token(takeover, &credential, err);
	git_credential_release(&credential);
	trace_unhide(smuggler->token);
	return err->code;
}

/* ---- .d1config ---- */

static int load_d1config(struct takeover *takeover, struct err *err)
{
	const struct workspace *workspace = &takeover->setup->workspace;
	const char *there = workspace->project.d1config.path;
	struct err missing = ERR_INIT;
	struct buf text;

	buf_init(&text, MAX_FILE);
	takeover->d1config =
		there ? strdup(there)
		      : path_resolve(workspace->worktree, ".d1config");
	if (!takeover->d1config)
		err_set_nomem(err);
	else if (file_read(&text, takeover->d1config, FILE_NO_SYMLINK,
			   &missing) < 0) {
		if (missing.code != D1_ENOTFOUND)
			*err = missing;
	} else if (text.len) {
		(void)!git_config_parse(&takeover->file, text.data, text.len,
					".d1config", err);
	}
	buf_release(&text);
	return err->code;
}

/* What the key has in the file; false if it is not there. */
static bool add_current(const struct takeover *takeover, struct buf *current,
			const char *key)
{
	const struct git_config_entry *first;
	size_t count = git_config_all(&takeover->file, key, &first);

	for (size_t i = 0; i < count; i++) {
		buf_add_string(current, i > 0 ? ", " : "");
		buf_add_string(current, first[i].value ? first[i].value : "");
	}
	return count > 0;
}

static int write_setting(struct takeover *takeover, const char *key,
			 const char *value, struct err *err)
{
	struct buf *told = &takeover->setup->told;
	bool dry_run = takeover->setup->dry_run;

	if (!dry_run &&
	    git_config_file_set(takeover->d1config, key, value, err) < 0)
		return err_context(err, "cannot change '.d1config'");
	buf_add_format(told,
		       "%s in .d1config: %s = ", dry_run ? "would set" : "set",
		       key);
	name_add_text(told, value);
	buf_add_char(told, '\n');
	return tell(takeover, err);
}

static int take_setting(struct takeover *takeover, const char *key,
			const char *value, struct err *err)
{
	struct buf *told = &takeover->setup->told;
	struct buf current;
	bool is_set;

	buf_init(&current, MAX_LINE);
	is_set = add_current(takeover, &current, key);
	if (buf_check(&current, "a value of .d1config", err) < 0)
		goto out;
	if (is_set && strcmp(current.data ? current.data : "", value) == 0) {
		buf_add_format(told, "found in .d1config: %s = ", key);
		name_add_text(told, value);
		buf_add_char(told, '\n');
		(void)!tell(takeover, err);
	} else if (is_set && !takeover->setup->force) {
		report_warning("%s in .d1config is '%s', not '%s': left as it "
			       "is",
			       key, current.data ? current.data : "", value);
		report_hint("'git d1 init --from-smuggler --force' overwrites "
			    "it");
	} else {
		(void)!write_setting(takeover, key, value, err);
	}
out:
	buf_release(&current);
	return err->code;
}

/* True if the project has other databases than the one that is known. */
static bool has_others(const struct takeover *takeover)
{
	const struct project *project = &takeover->setup->workspace.project;

	for (size_t i = 0; takeover->database && i < project->count; i++)
		if (strcmp(project->databases[i].name,
			   takeover->database->name) != 0)
			return true;
	return false;
}

static void add_item(struct buf *list, const char *database)
{
	buf_add_string(list, list->len ? ", " : "");
	if (database)
		buf_add_format(list, "%s/", database);
}

/*
 * Names of tables as patterns: Smuggler knows one database, and what it says
 * of its tables says nothing of those of another.
 */
static int take_tables(struct takeover *takeover, const char *key,
		       const struct name_list *names, bool is_choice,
		       struct err *err)
{
	const struct project *project = &takeover->setup->workspace.project;
	bool qualified = has_others(takeover);
	struct buf list;

	buf_init(&list, MAX_LINE);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->names[i];

		/* what nobody compares needs no mention */
		if (!is_choice &&
		    (d1config_is_ledger(name) || !strncmp(name, "_cf_", 4) ||
		     !strncmp(name, "sqlite_", 7)))
			continue;
		add_item(&list, qualified ? takeover->database->name : NULL);
		glob_add_name(&list, name);
	}
	for (size_t i = 0;
	     is_choice && list.len && qualified && i < project->count; i++) {
		if (strcmp(project->databases[i].name,
			   takeover->database->name) == 0)
			continue;
		add_item(&list, project->databases[i].name);
		buf_add_char(&list, '*');
	}
	if (buf_check(&list, "a list of tables", err) == 0 && list.len)
		(void)!take_setting(takeover, key, list.data, err);
	buf_release(&list);
	return err->code;
}

static int take_conflict(struct takeover *takeover, struct err *err)
{
	const struct smuggler_config *smuggler = takeover->smuggler;
	enum conflict_policy policy = smuggler->conflict;

	if (!smuggler->has_conflict) {
		puts("passed over conflict_resolution: it is not set, so "
		     "Smuggler let the local side win; git d1 stops at a "
		     "conflict");
		report_hint("'git config -f .d1config d1.conflict local-wins' "
			    "lets the local side win here, too");
		return 0;
	}
	if (take_setting(takeover, "d1.conflict", conflict_policy_name(policy),
			 err) < 0)
		return err->code;
	if (policy == CONFLICT_NEWER_WINS)
		puts("note: rows of which no side is newer are conflicts here; "
		     "Smuggler passed over them");
	return 0;
}

static int take_settings(struct takeover *takeover, struct err *err)
{
	const struct smuggler_config *smuggler = takeover->smuggler;

	if (take_tables(takeover, "d1.tables", &smuggler->tables, true, err) <
		    0 ||
	    take_tables(takeover, "d1.excludeTables", &smuggler->exclude_tables,
			false, err) < 0 ||
	    (smuggler->timestamp_column &&
	     take_setting(takeover, "d1.timestampColumn",
			  smuggler->timestamp_column, err) < 0))
		return err->code;
	return take_conflict(takeover, err);
}

/* ---- what has no place ---- */

/* True if both paths lead to the same file; both may be missing. */
static bool is_same_file(const char *one, const char *other)
{
	char left[PATH_MAX], right[PATH_MAX];

	if (strcmp(one, other) == 0)
		return true;
	return realpath(one, left) && realpath(other, right) &&
	       strcmp(left, right) == 0;
}

/* Smuggler takes a path from where it runs, as we do. */
static int tell_local_file(struct takeover *takeover, struct err *err)
{
	const struct workspace *workspace = &takeover->setup->workspace;
	const struct database *database = takeover->database;
	const char *local_db = takeover->smuggler->local_db;
	struct buf *told = &takeover->setup->told;
	char *path;

	if (!local_db)
		return 0;
	path = path_resolve(workspace->dir, local_db);
	if (!path)
		return err_set_nomem(err);
	if (database && is_same_file(path, database->local_path)) {
		buf_add_string(told, "found local_db: the local file of ");
		name_add(told, database->name);
	} else {
		buf_add_string(told, "passed over local_db: ");
		name_add_text(told, local_db);
		buf_add_string(told, " is not the file that wrangler dev uses");
		if (database) {
			buf_add_string(told, " for ");
			name_add(told, database->name);
		}
	}
	buf_add_char(told, '\n');
	free(path);
	return tell(takeover, err);
}

static const char *reason_for(const char *key)
{
	static const char *const retries[] = { "max_retries",
					       "initial_retry_delay_ms",
					       "max_retry_delay_ms",
					       "backoff_multiplier" };
	const char *dot = strrchr(key, '.');
	const char *name = dot ? dot + 1 : key;

	for (size_t i = 0; i < ARRAY_SIZE(retries); i++)
		if (strcmp(name, retries[i]) == 0)
			return "git d1 repeats a request as the server asks, "
			       "and only if nothing could be written twice";
	if (strcmp(name, "batch_size") == 0 ||
	    strcmp(name, "max_statement_bytes") == 0)
		return "git d1 packs rows by the limits of D1";
	return "git d1 has nothing like it";
}

static int tell_others(struct takeover *takeover, struct err *err)
{
	const struct name_list *others = &takeover->smuggler->others;
	struct buf *told = &takeover->setup->told;

	for (size_t i = 0; i < others->count; i++) {
		buf_add_string(told, "passed over ");
		name_add_text(told, others->names[i]);
		buf_add_format(told, ": %s\n", reason_for(others->names[i]));
	}
	return tell(takeover, err);
}

int setup_take_over(struct setup *setup, const struct smuggler_config *smuggler,
		    struct err *err)
{
	struct takeover takeover = { .setup = setup,
				     .smuggler = smuggler,
				     .account = ACCOUNT_INIT };

	git_config_init(&takeover.file);
	if (find_database(&takeover, err) < 0 ||
	    project_account(&takeover.account, &setup->workspace.project,
			    takeover.database, err) < 0 ||
	    tell_database(&takeover, err) < 0 ||
	    take_account(&takeover, err) < 0 ||
	    load_d1config(&takeover, err) < 0 ||
	    take_settings(&takeover, err) < 0 ||
	    take_token(&takeover, err) < 0 ||
	    tell_local_file(&takeover, err) < 0)
		goto out;
	(void)!tell_others(&takeover, err);
out:
	free(takeover.d1config);
	git_config_release(&takeover.file);
	account_release(&takeover.account);
	return err->code;
}
