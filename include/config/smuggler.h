/*
 * The settings of Smuggler (and smugglr, as it is called today), another tool
 * that moves rows between D1 and a SQLite file, in its config.toml:
 *
 *	cloudflare_account_id = "..."
 *	cloudflare_api_token = "..."
 *	database_id = "..."
 *	local_db = "app.sqlite"
 *	[sync]
 *	tables = []
 *	exclude_tables = ["sessions"]
 *	timestamp_column = "updated_at"
 *	conflict_resolution = "local_wins"
 *
 * or, instead of the first three, account_id, api_token and database_id in
 * [target].
 */
#ifndef CONFIG_SMUGGLER_H
#define CONFIG_SMUGGLER_H

#include <stdbool.h>

#include "config/d1config.h"
#include "config/namelist.h"
#include "util/arena.h"
#include "util/err.h"

/* All strings belong to the struct; NULL: not set. */
struct smuggler_config {
	struct arena arena;
	const char *path;	    /* as it was given */
	char *token;		    /* a secret */
	const char *token_variable; /* the file names one instead of a token */
	const char *account_id;
	const char *database_id;
	const char *local_db;
	struct name_list tables; /* empty: all */
	struct name_list exclude_tables;
	const char *timestamp_column;
	bool has_conflict;
	enum conflict_policy conflict;
	/* keys that are none of these, "sync.batch_size" */
	struct name_list others;
};

#define SMUGGLER_CONFIG_INIT \
	{ \
		.token = NULL \
	}

/* Overwrites the token and frees everything. */
void smuggler_config_release(struct smuggler_config *config);

/*
 * Reads the file at `path`. No message holds what stands in it but names of
 * keys. What the example of Smuggler has as a placeholder ("your-...") counts
 * as not set. D1_ENOTFOUND if there is no file.
 */
int smuggler_config_load(struct smuggler_config *config, const char *path,
			 struct err *err) MUST_CHECK;

#endif
