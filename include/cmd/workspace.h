/*
 * What commands share: where they run, the configuration, the project, and
 * the connections to databases. Each part is read when it is first needed, so
 * that comparing two files needs neither git nor a project.
 */
#ifndef CMD_WORKSPACE_H
#define CMD_WORKSPACE_H

#include "cf/d1.h"
#include "config/project.h"
#include "config/token.h"
#include "diff/mask.h"
#include "source/endpoint.h"
#include "source/source.h"
#include "util/option.h"

/* What the command line says; NULL: nothing. Borrowed. */
struct workspace_options {
	const char *config;	 /* --config */
	const char *environment; /* --env */
	const char *persist_to;	 /* --persist-to */
	bool never_ask;		 /* the user for a token */
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
	struct d1config settings; /* without a project */
	bool has_settings;
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
 * How tables are treated where no project is asked for: `.d1config` at the top
 * of the worktree, else here, and the user's own configuration. A mask holds
 * for two plain files as well.
 */
int workspace_settings(struct workspace *workspace,
		       const struct d1config **settings,
		       struct err *err) MUST_CHECK;

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

/* Where the token that the client uses is from; NULL: no such client. */
const char *workspace_token_origin(const struct workspace *workspace,
				   const struct d1_client *client);

/* An endpoint that was resolved: what it is called, and what it reads. */
struct side {
	struct endpoint endpoint;
	const struct database *database; /* NULL: a file */
	char *label;			 /* "shop/remote", or the path */
	struct d1_client *client;	 /* NULL: not a remote */
	const char *remote_id;		 /* NULL: not a remote */
};

/*
 * Finds out what an endpoint's text means here. Opens nothing. The caller
 * releases it, after an error too.
 */
int workspace_resolve(struct workspace *workspace, struct side *side,
		      const char *text, struct err *err) MUST_CHECK;
void side_release(struct side *side);

/* Opens what the side reads. The side stays valid while the source is open. */
int workspace_open(struct workspace *workspace, struct side *side,
		   struct source **source, struct err *err) MUST_CHECK;

#endif
