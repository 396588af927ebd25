/*
 * The wrangler configuration of a project: wrangler.json, .jsonc or .toml.
 */
#ifndef CONFIG_WRANGLER_H
#define CONFIG_WRANGLER_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"

/* An entry of d1_databases, as it is written. NULL: not set. */
struct wrangler_database {
	const char *binding; /* never NULL */
	const char *database_name;
	const char *database_id;
	const char *preview_database_id;
	const char *migrations_dir;
	const char *migrations_table;
	const char *migrations_pattern;
	const char *internal_env; /* database_internal_env */
};

/* The top level, or one member of `env`. */
struct wrangler_environment {
	const char *name; /* NULL: the top level */
	const struct wrangler_database *databases;
	size_t count;
	const char *account_id;	       /* inherited from the top level */
	const char *compliance_region; /* inherited from the top level */
};

/* All strings belong to the struct. */
struct wrangler_config {
	struct arena arena;
	const char *path; /* absolute */
	const char *dir;  /* where the file lies */
	bool is_pages;	  /* has pages_build_output_dir */

	/* The top level first, then `env` in the order of the file. */
	const struct wrangler_environment *environments;
	size_t count;
};

#define WRANGLER_CONFIG_INIT \
	{ \
		.path = NULL \
	}

void wrangler_config_release(struct wrangler_config *config);

/*
 * The configuration that wrangler would use in the absolute directory `dir`:
 * the nearest wrangler.json there or above; only if there is none at all the
 * nearest wrangler.jsonc; only then wrangler.toml. In *path, which the caller
 * frees. D1_ENOTFOUND if there is none.
 */
int wrangler_config_find(char **path, const char *dir,
			 struct err *err) MUST_CHECK;

/*
 * Reads the file at the absolute `path`. All of its d1_databases are checked;
 * an error names the file and the field. D1_ENOTFOUND if there is no file.
 */
int wrangler_config_load(struct wrangler_config *config, const char *path,
			 struct err *err) MUST_CHECK;

/*
 * The environment called `name`, NULL for the top level. d1_databases are not
 * inherited: an environment without any has none. The environments of a Pages
 * project that are not in the file are the top level. Otherwise an unknown
 * name is D1_ENOTFOUND, with the known ones as a hint.
 */
int wrangler_config_environment(const struct wrangler_environment **environment,
				const struct wrangler_config *config,
				const char *name, struct err *err) MUST_CHECK;

/* The first entry whose database_name or binding is `name`, or NULL. */
const struct wrangler_database *
wrangler_environment_find(const struct wrangler_environment *environment,
			  const char *name);

/*
 * What `wrangler dev` calls the local database of the entry:
 * preview_database_id, else database_id, else the binding.
 */
const char *wrangler_database_local_name(const struct wrangler_database *entry);

#endif
