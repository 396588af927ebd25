/*
 * A wrangler project and its databases: what all the configuration comes to.
 */
#ifndef CONFIG_PROJECT_H
#define CONFIG_PROJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/account.h"
#include "config/d1config.h"
#include "config/dotenv.h"
#include "config/wrangler.h"
#include "git/config.h"
#include "util/arena.h"
#include "util/err.h"

/* One entry of d1_databases. All strings belong to the project. */
struct database {
	const char *name; /* the logical name */
	const char *binding;
	const char *environment;    /* NULL: top level */
	const char *database_name;  /* NULL: not set */
	const char *id;		    /* NULL: not set */
	const char *preview_id;	    /* NULL: not set */
	const char *internal_env;   /* NULL: not set */
	const char *local_path;	    /* the SQLite file, there or not */
	const char *migrations_dir; /* absolute, there or not */
	const char *migrations_table;
	const char *migrations_pattern; /* NULL: *.sql in migrations_dir */
};

/* Where to start. Everything is borrowed as long as the project lives. */
struct project_options {
	const char *dir;	 /* absolute; where the command runs */
	const char *config;	 /* --config; NULL: search */
	const char *environment; /* --env; NULL: CLOUDFLARE_ENV, else none; */
				 /* "": the top level */
	const char *persist_to;	 /* --persist-to; NULL: beside the config */
	const char *worktree;	 /* top of the worktree; NULL: none */
	const struct git_config *git; /* NULL: no configuration */
};

struct project {
	struct arena arena;
	struct project_options options;
	struct wrangler_config wrangler;
	struct d1config d1config;
	struct dotenv dotenv;

	const char *environment;	/* the active one; NULL: top level */
	const char *environment_origin; /* "--env", ...; NULL: none named */
	const char *persist_dir;	/* wrangler's local state */

	/* Those of the active environment, in the order of the file. */
	const struct database *databases;
	size_t count;

	struct name_list warnings; /* complete sentences to print */
};

#define PROJECT_INIT \
	{ \
		.count = 0 \
	}

void project_release(struct project *project);

/*
 * Loads the project around `options->dir`. D1_ENOTFOUND if there is no wrangler
 * configuration, or no such environment in it.
 */
int project_load(struct project *project, const struct project_options *options,
		 struct err *err) MUST_CHECK;

/*
 * Finds a database in an environment: NULL is the active one, "" the top level.
 * `name` is a logical name, else a database_name or a binding, for which the
 * first entry counts, as in wrangler. If `name` is NULL there must be exactly
 * one database. *database lives as long as the project.
 *
 * D1_ENOTFOUND if there is no such environment or database, with the known
 * ones as a hint. D1_EREFUSED if the logical name of the database is not fit
 * for a file name, or another database has the same one.
 */
int project_find(const struct database **database, struct project *project,
		 const char *name, const char *environment,
		 struct err *err) MUST_CHECK;

/*
 * For commands that are about every database: the one at `i`, which is less
 * than project->count, in *database; NULL if its name stands for another entry,
 * so that each database comes once. Errors as those of project_find().
 */
int project_at(const struct database **database, struct project *project,
	       size_t i, struct err *err) MUST_CHECK;

/*
 * The id under which the database is reached over the network, in *id. An
 * error, with what to do, if the entry has none.
 */
int project_remote_id(const char **id, const struct project *project,
		      const struct database *database, bool preview,
		      struct err *err) MUST_CHECK;

/* True if only a deploy may write to this database. */
bool project_is_protected(const struct project *project,
			  const struct database *database);

/*
 * The directory of the migrations or of the snapshot files of the database, in
 * *dir, which the caller frees. It may not exist. D1_EREFUSED if it is outside
 * the worktree, inside .git, or behind a symbolic link.
 */
int project_migrations_dir(char **dir, const struct project *project,
			   const struct database *database,
			   struct err *err) MUST_CHECK;
int project_snapshot_dir(char **dir, const struct project *project,
			 const struct database *database,
			 struct err *err) MUST_CHECK;

/* Resolves the account of the database; NULL for the active environment. */
int project_account(struct account *account, const struct project *project,
		    const struct database *database,
		    struct err *err) MUST_CHECK;

#endif
