/*
 * writechanges [OPTION...] ID FILE: makes the rows of the remote database ID
 * those of the SQLite file, and prints what that came to. The server and who
 * asks come from the environment, as for wrangler.
 *
 *	--fire-triggers		let triggers fire
 *	--digests		rows are told by digests, however few
 *	--max-body=N		bytes that a call may have
 *	--no-import		the server has none
 *	--in-parts		several calls, if it must be
 *	--key=TABLE:COLUMN	a key of the user's choice
 *	--ignore=TABLE:COLUMN	a column that is not compared
 *	--effects		also what foreign keys would do besides
 *	--timeout=MS		of a request
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/d1.h"
#include "apply/effects.h"
#include "diff/compare.h"
#include "source/remote.h"
#include "source/sqlite.h"
#include "util/glob.h"

static char *keyed_table, *ignored_table;
static struct d1_write job = { .can_import = true };
static bool with_effects;

static int rules(void *context, const char *table,
		 const struct pair_rules **rules, struct err *err)
{
	static const char *key[2], *ignored[2];
	static struct pair_rules found;

	(void)context;
	(void)err;
	memset(&found, 0, sizeof(found));
	if (keyed_table && strncmp(keyed_table, table, strlen(table)) == 0 &&
	    keyed_table[strlen(table)] == ':') {
		key[0] = strchr(keyed_table, ':') + 1;
		found.key = key;
	}
	if (ignored_table &&
	    strncmp(ignored_table, table, strlen(table)) == 0 &&
	    ignored_table[strlen(table)] == ':') {
		ignored[0] = strchr(ignored_table, ':') + 1;
		found.ignore = ignored;
	}
	*rules = &found;
	return 0;
}

static bool all_tables(void *context, const char *table)
{
	(void)context;
	return strcmp(table, "d1_migrations") != 0;
}

static int compare(struct changes *changes, struct source *remote,
		   struct source *file, struct err *err)
{
	const struct comparison comparison = {
		.sources = { remote, file },
		.labels = { "remote", "file" },
		.rules = rules,
		.wanted = all_tables,
	};
	struct comparison_result result;
	struct changes_sink sink;

	changes_sink_init(&sink, changes);
	(void)!compare_sources(&comparison, &sink.sink, &result, err);
	changes_sink_release(&sink);
	return err->code;
}

static void print_counts(const struct changes *changes)
{
	for (size_t i = 0; changes && i < changes_tables(changes); i++) {
		uint64_t counts[3];

		for (int op = CHANGE_INSERT; op <= CHANGE_UPDATE; op++)
			counts[op] = changes_count(changes, i, op);
		if (counts[0] + counts[1] + counts[2] > 0)
			printf("%s: %" PRIu64 " inserted, %" PRIu64
			       " updated, %" PRIu64 " deleted\n",
			       changes_table(changes, i)->name,
			       counts[CHANGE_INSERT], counts[CHANGE_UPDATE],
			       counts[CHANGE_DELETE]);
	}
}

static void print_result(const struct d1_written *written)
{
	static const char *const fates[] = { "not done", "unknown", "done" };
	static const char *const ways[] = { "call", "import", "parts" };

	printf("%s as %s\n", fates[written->fate], ways[written->way]);
	if (written->way == DELIVERED_IN_PARTS)
		printf("parts %" PRIu64 "\n", written->parts);
	if (written->different > 0)
		printf("different %" PRIu64 "\n%s", written->different,
		       written->differences.data);
	fprintf(stderr,
		"requests %" PRIu64 ", read back %" PRIu64 ", unread %" PRIu64
		", changes %" PRId64 ", bookmark %s\n",
		written->requests, written->read_back, written->unread,
		written->changes,
		!written->bookmark_after || !written->bookmark_before ? "none"
		: strcmp(written->bookmark_after, written->bookmark_before)
			? "moved"
			: "stays");
}

static int told_part(void *context, uint64_t parts, uint64_t all_parts,
		     struct err *err)
{
	(void)context;
	(void)err;
	printf("%" PRIu64 " of %" PRIu64 "\n", parts, all_parts);
	return 0;
}

static int run(struct changes *changes, struct source *remote, struct err *err)
{
	struct changes *lists[2] = { changes, NULL };
	struct d1_written written;

	job.source = remote;
	job.lists = lists;
	job.nlists = 1;
	job.part = told_part;
	if (with_effects) {
		if (effects_find(&lists[1], changes, remote, err) < 0)
			return err->code;
		printf("effects:\n");
		print_counts(lists[1]);
		printf("changes:\n");
		job.nlists = 2;
	}
	print_counts(changes);
	(void)!d1_write(&written, &job, err);
	print_result(&written);
	d1_written_release(&written);
	changes_close(lists[1]);
	return err->code;
}

static bool read_options(int argc, char **argv, struct d1_access *access)
{
	static const struct option options[] = {
		{ "fire-triggers", no_argument, NULL, 't' },
		{ "digests", no_argument, NULL, 'd' },
		{ "max-body", required_argument, NULL, 'b' },
		{ "no-import", no_argument, NULL, 'n' },
		{ "in-parts", no_argument, NULL, 'p' },
		{ "key", required_argument, NULL, 'k' },
		{ "ignore", required_argument, NULL, 'i' },
		{ "effects", no_argument, NULL, 'e' },
		{ "timeout", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		job.fire_triggers = job.fire_triggers || option == 't';
		job.can_import = job.can_import && option != 'n';
		job.in_parts = job.in_parts || option == 'p';
		job.always_digests = job.always_digests || option == 'd';
		with_effects = with_effects || option == 'e';
		if (option == 'b')
			job.max_body = strtoul(optarg, NULL, 10);
		if (option == 'w')
			access->http.timeout_ms = strtol(optarg, NULL, 10);
		if (option == 'k')
			keyed_table = optarg;
		if (option == 'i')
			ignored_table = optarg;
		if (option == '?')
			return false;
	}
	return argc == optind + 2;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct d1_access access = {
		.base_url = getenv("CLOUDFLARE_API_BASE_URL"),
		.account_id = getenv("CLOUDFLARE_ACCOUNT_ID"),
		.token = getenv("CLOUDFLARE_API_TOKEN"),
	};
	struct changes *changes = NULL;
	struct d1_client *client = NULL;
	struct source *remote = NULL;
	struct source *file = NULL;

	if (!read_options(argc, argv, &access)) {
		fprintf(stderr, "usage: writechanges [OPTION...] ID FILE\n");
		return 129;
	}
	job.database_id = argv[optind];
	if (d1_client_open(&client, &access, &err) == 0 &&
	    remote_open(&remote, client, job.database_id, "remote", &err) ==
		    0 &&
	    sqlite_open(&file, argv[optind + 1], &err) == 0 &&
	    changes_open(&changes, &err) == 0 &&
	    compare(changes, remote, file, &err) == 0) {
		job.client = client;
		(void)!run(changes, remote, &err);
	}
	changes_close(changes);
	source_close(file);
	source_close(remote);
	d1_client_close(client);
	if (err.code)
		fprintf(stderr, "fatal: %s\nhint: %s\n", err.message, err.hint);
	return err.code ? -err.code : 0;
}
