/*
 * How databases and tables are treated: `.d1config`, a tracked file in the
 * syntax of git config, and the user's own git configuration.
 *
 *	[d1]
 *		tables = users, orders, audit_*
 *		excludeTables = audit_2019
 *		timestampColumn = updated_at
 *		conflict = newer-wins
 *		snapshotPath = d1
 *	[table "lines"]
 *		track = true
 *		key = city, ref
 *		label = name
 *		ignoreColumns = id
 *	[table "shop/users"]
 *		maskColumns = email, phone
 *	[database "DB"]
 *		name = shop
 *	[database "DB@production"]
 *		protected = true
 *
 * A table is named for all databases, or as <database>/<table> for one; the
 * name may be a pattern (util/glob.h). What is said of a table by name beats
 * what is said of it by a pattern; ignoreColumns and maskColumns add up. Lists
 * are separated by commas, or stand in several values.
 *
 * In the user's git configuration the same settings are called d1.tables,
 * d1.table.<name>.key, d1.database.<binding>.protected. A single value there
 * beats the one in `.d1config`; lists add up, but for `key`.
 *
 * Nothing else can be set by `.d1config`: a clone must not bring commands,
 * addresses or secrets along. What it tries is ignored, with a warning.
 */
#ifndef CONFIG_D1CONFIG_H
#define CONFIG_D1CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "config/namelist.h"
#include "git/config.h"
#include "util/arena.h"
#include "util/err.h"

/* What to do with a row that changed on both sides. */
enum conflict_policy {
	CONFLICT_ABORT,
	CONFLICT_LOCAL_WINS,
	CONFLICT_REMOTE_WINS,
	CONFLICT_NEWER_WINS,
};

/* "abort", "local-wins", ... */
const char *conflict_policy_name(enum conflict_policy policy);

/* A [table] section. */
struct d1config_table {
	const char *name; /* as written, perhaps a pattern */
	struct name_list key;
	struct name_list ignore_columns;
	struct name_list mask_columns;
	const char *label;	      /* NULL: not set */
	const char *timestamp_column; /* NULL: not set */
	bool has_track;
	bool track;
	bool key_is_users; /* from the user's configuration */
};

/* A [database] section. */
struct d1config_database {
	const char *binding;
	const char *environment; /* NULL: every one; "": top level */
	const char *name;	 /* NULL: not set */
	bool is_protected;
};

/* All strings belong to the struct. */
struct d1config {
	struct arena arena;
	const char *path;	 /* NULL: there is no .d1config */
	struct name_list tables; /* empty: all */
	struct name_list exclude_tables;
	const char *timestamp_column; /* NULL: not set */
	const char *snapshot_path;    /* never NULL after loading */
	enum conflict_policy conflict;

	struct d1config_table *table_sections;
	size_t table_count;
	struct d1config_database *database_sections;
	size_t database_count;

	struct name_list warnings; /* complete sentences to print */
};

#define D1CONFIG_INIT \
	{ \
		.path = NULL \
	}

void d1config_release(struct d1config *config);

/*
 * Reads the file at `path`, if it is there, and then the user's configuration.
 * Either may be NULL. A symbolic link is refused.
 */
int d1config_load(struct d1config *config, const char *path,
		  const struct git_config *user, struct err *err) MUST_CHECK;

/*
 * The same for another version of the file, such as the one in a commit, which
 * is called `name` in messages.
 */
int d1config_read(struct d1config *config, const char *text, size_t size,
		  const char *name, const struct git_config *user,
		  struct err *err) MUST_CHECK;

/*
 * Adds the databases that another version of the file protects, such as the
 * one in HEAD: what one version protects stays protected. `name` is what this
 * version is called in messages.
 */
int d1config_add_protected(struct d1config *config, const char *text,
			   size_t size, const char *name,
			   struct err *err) MUST_CHECK;

/* True if writes to this database must go through a deploy. */
bool d1config_is_protected(const struct d1config *config, const char *binding,
			   const char *environment);

/* The logical name given to a binding, or NULL. */
const char *d1config_database_name(const struct d1config *config,
				   const char *binding);

#endif
