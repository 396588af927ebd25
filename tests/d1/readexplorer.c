/*
 * readexplorer URL ID FILE: compares the database ID of wrangler's Local
 * Explorer at URL with a SQLite file, and prints one line a table that differs
 * and how many tables were compared. The Local Explorer is a second
 * implementation of D1's API, by other hands; no endpoint of git-d1 leads to
 * it, because its databases are the local files.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "diff/compare.h"
#include "render/render.h"
#include "source/remote.h"
#include "source/sqlite.h"

static int no_rules(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	static const struct pair_rules none = { .key = NULL };

	(void)context;
	(void)table;
	(void)err;
	*rules = &none;
	return 0;
}

static bool all_tables(void *context, const char *table)
{
	(void)context;
	(void)table;
	return true;
}

static int compare(struct source *explorer, struct source *file,
		   struct err *err)
{
	const struct comparison comparison = {
		.sources = { explorer, file },
		.labels = { "explorer", "file" },
		.rules = no_rules,
		.wanted = all_tables,
	};
	const struct render_options options = {
		.out = stdout,
		.labels = { "explorer", "file" },
		.local_side = NEW,
	};
	struct comparison_result result;
	struct renderer *renderer;

	if (stat_open(&renderer, STAT_NUMBERS, &options, err) < 0)
		return err->code;
	if (compare_sources(&comparison, &renderer->sink, &result, err) == 0)
		printf("compared %" PRIu64 ", not compared %" PRIu64 "\n",
		       result.compared, result.not_compared);
	renderer->free(renderer);
	return err->code;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct d1_access access = { .account_id = NULL };
	struct d1_client *client = NULL;
	struct source *explorer = NULL;
	struct source *file = NULL;

	if (argc != 4) {
		fprintf(stderr, "usage: readexplorer URL ID FILE\n");
		return 129;
	}
	access.base_url = argv[1];
	if (d1_client_open(&client, &access, &err) == 0 &&
	    remote_open(&explorer, client, argv[2], "explorer", &err) == 0 &&
	    sqlite_open(&file, argv[3], &err) == 0)
		(void)!compare(explorer, file, &err);
	source_close(file);
	source_close(explorer);
	d1_client_close(client);
	if (err.code)
		fprintf(stderr, "fatal: %s\nhint: %s\n", err.message, err.hint);
	return err.code ? 128 : 0;
}
