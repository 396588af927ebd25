/*
 * What commands share: where they run, the configuration, the project, and
 * the connections to databases. Each part is read when it is first needed, so
 * that comparing two files needs neither git nor a project.
 */
#ifndef WORKSPACE_WORKSPACE_H
#define WORKSPACE_WORKSPACE_H

#include "apply/journal.h"
#include "cf/d1.h"
#include "config/project.h"
#include "config/token.h"
#include "diff/mask.h"
#include "git/drivers.h"
#include "git/repository.h"
#include "util/option.h"
#include "util/progress.h"
#include "workspace/side.h"

/* What the command line says; NULL: nothing. Borrowed. */
struct workspace_options {
	const char *config;	 /* --config */
	const char *environment; /* --env */
	const char *persist_to;	 /* --persist-to */
	bool never_ask;		 /* the user for a token */
	int progress;		 /* of enum progress_when */
};

/*
 * The options that fill it, for the table of a command. `member` is the struct
 * workspace_options within `structure` and a dot; empty if it is that itself.
 */
#define WORKSPACE_OPTIONS(structure, member) \
	OPTION_STRING(0, "env", structure, member environment, "name", \
		      "use this environment of the configuration"), \
		OPTION_STRING(0, "config", structure, member config, "file", \
			      "read this wrangler configuration"), \
		OPTION_STRING(0, "persist-to", structure, member persist_to, \
			      "directory", \
			      "where wrangler keeps its local state")

/* --progress and --no-progress, for a command whose work may take long. */
#define WORKSPACE_PROGRESS(structure, member) \
	OPTION_CHOICE_NEGATABLE(0, "progress", structure, member progress, \
				"when", progress_words, PROGRESS_ALWAYS, \
				PROGRESS_NEVER, "show how far the work is")

/* A connection to the databases of one account. */
struct connection {
	char *account_id;
	struct d1_client *client;
	struct token token;
	struct connection *next;
};

struct workspace {
	struct workspace_options options;
	char *dir;	/* current directory */
	char *worktree; /* NULL: none */
	struct git_config git;
	bool has_git;
	struct project project;
	bool has_project;
	bool has_protection;	  /* the project knows what HEAD protects */
	struct d1config settings; /* without a project */
	bool has_settings;
	struct repository repository;
	bool has_repository;
	struct mask_key mask_key;
	const char *mask_secret; /* what it was made of; NULL: drawn */
	struct connection *connections;
};

void workspace_init(struct workspace *workspace,
		    const struct workspace_options *options);
void workspace_release(struct workspace *workspace);

/* Git's configuration, in workspace->git. */
int workspace_git(struct workspace *workspace, struct err *err) MUST_CHECK;

/* The project, in workspace->project; prints its warnings the first time. */
int workspace_project(struct workspace *workspace, struct err *err) MUST_CHECK;

/*
 * True in *is_protected if writes to the database, one of the project's, must
 * go through a deploy: by `.d1config` in the worktree, or as HEAD has it, or by
 * the user's configuration. What one of them protects, no other one frees.
 */
int workspace_is_protected(bool *is_protected, struct workspace *workspace,
			   const struct database *database,
			   struct err *err) MUST_CHECK;

/*
 * How tables are treated: as the project has it, if it is loaded already. Else
 * by `.d1config` at the top of the worktree, else here, and the user's own
 * configuration; so a mask holds for two plain files as well.
 */
int workspace_settings(struct workspace *workspace,
		       const struct d1config **settings,
		       struct err *err) MUST_CHECK;

/*
 * The repository around the project's directory: that of --config, else where
 * the command is. It is valid as long as the workspace. D1_ENOTFOUND if there
 * is none.
 */
int workspace_repository(struct workspace *workspace,
			 const struct repository **repository,
			 struct err *err) MUST_CHECK;

/*
 * The journal of writes: of the repository around the project's directory,
 * else the user's own. The caller closes it.
 */
int workspace_journal(struct workspace *workspace, struct journal **journal,
		      struct err *err) MUST_CHECK;

/*
 * Which of git's drivers for snapshots work in the worktree, which there is.
 * The project and git's configuration are loaded.
 */
int workspace_drivers(const struct workspace *workspace,
		      struct drivers *drivers, struct err *err) MUST_CHECK;

/*
 * The key of masks: the user's (config/maskkey.h), else one that is drawn for
 * this run and has no id, so that a change of a masked column still shows. It
 * is valid as long as the workspace. A key that cannot be one is D1_EUSAGE.
 */
int workspace_mask_key(struct workspace *workspace, const struct mask_key **key,
		       struct err *err) MUST_CHECK;

/* The client for the account that the database belongs to. */
int workspace_client(struct workspace *workspace, struct d1_client **client,
		     const struct database *database,
		     struct err *err) MUST_CHECK;

/*
 * Tells git's credential helpers whether the server took the token; a failure
 * is a warning.
 */
void workspace_judge_token(struct workspace *workspace,
			   const struct d1_client *client, bool accepted);

/* The account that the client reaches; NULL: the Local Explorer. */
const char *workspace_account(const struct workspace *workspace,
			      const struct d1_client *client);

/* Where the token that the client uses is from; NULL: no such client. */
const char *workspace_token_origin(const struct workspace *workspace,
				   const struct d1_client *client);

#endif
