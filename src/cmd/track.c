#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

#include "cmd/exposure.h"
#include "config/tablesettings.h"
#include "format/filename.h"
#include "render/name.h"
#include "util/glob.h"
#include "workspace/report.h"
#include "workspace/tracking.h"

enum { MAX_OUTPUT = 1 << 24, MAX_LISTED = 800 };

struct track_options {
	bool all;
	struct workspace_options workspace;
};

static const struct track_options track_defaults = { .all = false };

static const struct option_spec track_specs[] = {
	OPTION_FLAG('a', "all", struct track_options, all,
		    "all tables of the local database"),
	WORKSPACE_OPTIONS(struct track_options, workspace.), OPTION_END
};

static const char *const track_usage[] = {
	"git d1 track [<options>] [<database>/]<table>...",
	"git d1 track [<options>] --all [<database>]", NULL
};

/* A table to track. */
struct item {
	const struct tracking_database *database;
	const struct table *table; /* NULL: there is no local database */
	const char *name;	   /* as the schema spells it */
	const char *section;
	bool is_tracked; /* already */
};

struct items {
	struct tracking tracking;
	struct item *list;
	size_t count;
	struct buf told; /* what is to be printed */
};

/* ---- what can be tracked ---- */

/* Why the table cannot be tracked, from the arena; NULL if it can. */
static const char *find_obstacle(struct items *items,
				 const struct tracking_database *database,
				 const struct table *table)
{
	const struct d1config *config = &items->tracking.config;
	struct arena *arena = &items->tracking.arena;

	if (d1config_is_ledger(table->name))
		return "it is the ledger of a migration tool, which each "
		       "database has for itself";
	if (table->kind == TABLE_DERIVED || table->kind == TABLE_UNKNOWN)
		return arena_format(arena, "it is %s",
				    table->reason ? table->reason : "unknown");
	if (!d1config_wants_table(config, database->database->name,
				  table->name))
		return "d1.tables or d1.excludeTables leaves it out";
	if (!filename_is_possible(table->name))
		return "its name holds control characters or bytes that are "
		       "not UTF-8";
	for (size_t i = 0; i < table->ncolumns; i++)
		if (!filename_is_possible(table->columns[i].name))
			return arena_format(arena,
					    "the name of its column '%s' holds "
					    "control characters or bytes that "
					    "are not UTF-8",
					    table->columns[i].name);
	return NULL;
}

static int refuse(const char *name, const char *obstacle, struct err *err)
{
	return err_set(err, D1_EREFUSED, "the table '%s' cannot be tracked: %s",
		       name, obstacle);
}

/* ---- finding tables ---- */

/*
 * A section names a table for all databases, unless another one has a table of
 * that name, or may have: its rows would come into git unasked.
 */
static bool is_ambiguous(const struct items *items, const struct item *item)
{
	const struct tracking *tracking = &items->tracking;

	for (size_t i = 0; i < tracking->count; i++)
		if (&tracking->databases[i] != item->database &&
		    (!tracking->databases[i].local ||
		     tracking_table(&tracking->databases[i], item->name)))
			return true;
	return false;
}

static int add_item(struct items *items,
		    const struct tracking_database *database, const char *name,
		    bool qualified, struct err *err)
{
	const struct table *table = tracking_table(database, name);
	struct item item = { .database = database,
			     .table = table,
			     .name = table ? table->name : name };
	struct table_settings settings;
	const char *obstacle =
		table ? find_obstacle(items, database, table) : NULL;

	if (!table && d1config_is_ledger(name))
		obstacle = "it is the ledger of a migration tool";
	else if (!table && !filename_is_possible(name))
		obstacle = "its name holds control characters or bytes that "
			   "are not UTF-8";
	if (obstacle)
		return refuse(name, obstacle, err);
	for (size_t i = 0; i < items->count; i++)
		if (items->list[i].database == database &&
		    name_equal(items->list[i].name, item.name))
			return 0;
	if (tracking_settings(&items->tracking, &settings, database, item.name,
			      err) < 0 ||
	    tracking_section(&items->tracking, &item.section, database,
			     item.name,
			     qualified || is_ambiguous(items, &item) ||
				     strchr(item.name, '/'),
			     err) < 0)
		return err->code;
	item.is_tracked = settings.is_tracked;
	items->list[items->count++] = item;
	return 0;
}

static void list_tables(struct buf *list, const struct tracking *tracking,
			const struct tracking_database *only)
{
	for (size_t i = 0; i < tracking->count; i++) {
		const struct tracking_database *database =
			&tracking->databases[i];
		const struct schema *schema =
			database->local ? database->local->schema : NULL;

		if (only && only != database)
			continue;
		for (size_t t = 0; schema && t < schema->ntables; t++) {
			if (list->len > MAX_LISTED) {
				buf_add_string(list, ", ...");
				return;
			}
			buf_add_string(list, list->len ? ", " : "");
			tracking_add_name(list, tracking, database,
					  schema->tables[t].name);
		}
	}
}

static int fail_unknown(const struct items *items,
			const struct tracking_database *database,
			const char *name, struct err *err)
{
	struct buf list;

	buf_init(&list, 1 << 20);
	list_tables(&list, &items->tracking, database);
	err_set(err, D1_EUSAGE, "there is no table '%s' in %s%s", name,
		database ? database->database->name : "the local databases",
		database ? "/local" : "");
	if (list.len && !list.failed)
		err_hint(err, "the tables are: %s", list.data);
	else
		err_hint(err, "there are no tables at all");
	buf_release(&list);
	return err->code;
}

static int fail_ambiguous(const struct items *items, const char *name,
			  struct err *err)
{
	const struct tracking *tracking = &items->tracking;
	struct buf list;

	buf_init(&list, 1 << 20);
	for (size_t i = 0; i < tracking->count; i++) {
		const struct tracking_database *database =
			&tracking->databases[i];

		if (database->local && !tracking_table(database, name))
			continue;
		buf_add_string(&list, list.len ? ", " : "");
		name_add_table(&list, database->database->name, name);
	}
	err_set(err, D1_EUSAGE,
		"several databases have or may have a table '%s'", name);
	if (!list.failed)
		err_hint(err, "name one of them: %s", list.data);
	buf_release(&list);
	return err->code;
}

/* The one database that has the table; the one there is, if that is not known.
 */
static int choose_database(const struct items *items,
			   const struct tracking_database **chosen,
			   const char *name, struct err *err)
{
	const struct tracking *tracking = &items->tracking;
	size_t have = 0, unknown = 0;

	*chosen = NULL;
	for (size_t i = 0; i < tracking->count; i++) {
		const struct tracking_database *database =
			&tracking->databases[i];

		if (tracking_table(database, name)) {
			*chosen = database;
			have++;
		} else if (!database->local) {
			unknown++;
		}
	}
	if (have == 1)
		return 0;
	if (have == 0 && unknown == 0)
		return fail_unknown(items,
				    tracking->count == 1
					    ? &tracking->databases[0]
					    : NULL,
				    name, err);
	if (have > 1 || tracking->count > 1)
		return fail_ambiguous(items, name, err);
	*chosen = &tracking->databases[0];
	return 0;
}

static int add_named(struct items *items, const char *text, struct err *err)
{
	const struct tracking_database *database;
	struct tracking_database *named;
	const char *name;

	if (tracking_split(&items->tracking, &named, &name, text, err) < 0)
		return err->code;
	if (!*name)
		return err_set(err, D1_EUSAGE, "'%s' names no table", text);
	database = named;
	if (!named && choose_database(items, &database, name, err) < 0)
		return err->code;
	if (database->local && !tracking_table(database, name))
		return fail_unknown(items, database, name, err);
	return add_item(items, database, name, named != NULL, err);
}

/* Those that cannot be tracked are passed over, and named. */
static int add_all(struct items *items,
		   const struct tracking_database *database, struct err *err)
{
	const struct schema *schema;

	if (!database->local) {
		err_set(err, D1_ENOTFOUND,
			"the local database '%s' does not exist, so its "
			"tables are not known",
			database->database->local_path);
		return err_hint(err, "name the tables, or make the database: "
				     "wrangler d1 migrations apply, wrangler "
				     "dev");
	}
	schema = database->local->schema;
	for (size_t i = 0; i < schema->ntables; i++) {
		const struct table *table = &schema->tables[i];
		const char *obstacle = find_obstacle(items, database, table);

		if (!obstacle) {
			if (add_item(items, database, table->name, false, err) <
			    0)
				return err->code;
			continue;
		}
		buf_add_string(&items->told, "passed over ");
		tracking_add_name(&items->told, &items->tracking, database,
				  table->name);
		buf_add_string(&items->told, ": ");
		name_add_text(&items->told, obstacle);
		buf_add_char(&items->told, '\n');
	}
	return 0;
}

/* ---- tracking them ---- */

/* What is set in .d1config may be overruled by git's configuration. */
static int check_tracked(struct items *items, const struct item *item,
			 struct err *err)
{
	struct table_settings settings;

	if (tracking_settings(&items->tracking, &settings, item->database,
			      item->name, err) < 0 ||
	    settings.is_tracked)
		return err->code;
	err_set(err, D1_EREFUSED,
		"the table '%s' is still not tracked: git's own "
		"configuration says otherwise",
		item->name);
	return err_hint(err, "see: git config --show-origin --get-regexp "
			     "'^d1\\.table\\.'");
}

/* Sets what is not tracked yet. */
static int set_all(struct items *items, struct err *err)
{
	const char **sections =
		arena_array(&items->tracking.arena, items->count + 1,
			    sizeof(*sections));
	size_t count = 0;

	if (!sections)
		return err_set_nomem(err);
	for (size_t i = 0; i < items->count; i++)
		if (!items->list[i].is_tracked)
			sections[count++] = items->list[i].section;
	return count > 0 ? tracking_set_all(&items->tracking, sections, count,
					    err)
			 : 0;
}

/* Says that the table is tracked, and what its columns give away. */
static int tell(struct items *items, const struct item *item, struct err *err)
{
	struct buf line;

	if (!item->is_tracked && check_tracked(items, item, err) < 0)
		return err->code;
	buf_init(&line, MAX_OUTPUT);
	buf_add_string(&line, item->is_tracked ? "already tracked: "
					       : "now tracked: ");
	tracking_add_name(&line, &items->tracking, item->database, item->name);
	if (buf_check(&line, "a name", err) == 0)
		puts(line.data);
	buf_release(&line);
	if (err->code)
		return err->code;
	if (item->table)
		return exposure_warn(&items->tracking, item->database,
				     item->table, item->section, err);
	report_warning("there is no local database '%s' yet, so the name '%s' "
		       "was not checked",
		       item->database->database->name, item->name);
	return 0;
}

static int track_all(struct items *items, struct err *err)
{
	if (buf_check(&items->told, "the output", err) < 0)
		return err->code;
	if (items->told.len)
		fwrite(items->told.data, 1, items->told.len, stdout);
	if (set_all(items, err) < 0)
		return err->code;
	for (size_t i = 0; i < items->count; i++)
		if (tell(items, &items->list[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- the command ---- */

static int check_call(const struct invocation *call, struct err *err)
{
	const struct track_options *options = call->options;
	size_t words = call->arguments.count + call->after.count;

	if (options->all && (words > 1 || call->after.count > 0))
		return err_set(err, D1_EUSAGE,
			       "--all takes the name of one database");
	if (!options->all && words == 0) {
		err_set(err, D1_EUSAGE, "no table was named");
		return err_hint(err, "--all tracks all tables of the local "
				     "database");
	}
	return 0;
}

static int find_items(struct items *items, const struct invocation *call,
		      struct err *err)
{
	const struct track_options *options = call->options;
	struct tracking *tracking = &items->tracking;
	const struct option_words *words = &call->arguments;
	struct tracking_database *named = NULL;
	size_t most = words->count + call->after.count;

	if (options->all && words->count > 0 &&
	    tracking_find_database(tracking, &named, words->words[0], err) < 0)
		return err->code;
	for (size_t i = 0; options->all && i < tracking->count; i++)
		if (tracking->databases[i].local)
			most += tracking->databases[i].local->schema->ntables;
	items->list =
		arena_array(&tracking->arena, most + 1, sizeof(*items->list));
	if (!items->list)
		return err_set_nomem(err);
	for (size_t i = 0; options->all && i < tracking->count; i++)
		if ((!named || named == &tracking->databases[i]) &&
		    add_all(items, &tracking->databases[i], err) < 0)
			return err->code;
	for (size_t i = 0; !options->all && i < words->count; i++)
		if (add_named(items, words->words[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < call->after.count; i++)
		if (add_named(items, call->after.words[i], err) < 0)
			return err->code;
	return 0;
}

static int track_run(const struct invocation *call, struct err *err)
{
	const struct track_options *options = call->options;
	struct items items = { .count = 0 };

	if (check_call(call, err) < 0)
		return err->code;
	buf_init(&items.told, MAX_OUTPUT);
	if (tracking_open(&items.tracking, &options->workspace, err) == 0 &&
	    find_items(&items, call, err) == 0)
		(void)!track_all(&items, err);
	buf_release(&items.told);
	tracking_close(&items.tracking);
	return err->code;
}

const struct command command_track = {
	.name = "track",
	.summary = "keep tables in snapshots",
	.usage = track_usage,
	.specs = track_specs,
	.defaults = &track_defaults,
	.options_size = sizeof(track_defaults),
	.run = track_run,
};
