#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

#include "config/tablesettings.h"
#include "util/glob.h"
#include "workspace/report.h"
#include "workspace/tracking.h"

enum { MAX_NAME = 1 << 16 };

struct untrack_options {
	bool all;
	struct workspace_options workspace;
};

static const struct untrack_options untrack_defaults = { .all = false };

static const struct option_spec untrack_specs[] = {
	OPTION_FLAG('a', "all", struct untrack_options, all,
		    "all tables that are tracked"),
	WORKSPACE_OPTIONS(struct untrack_options, workspace.), OPTION_END
};

static const char *const untrack_usage[] = {
	"git d1 untrack [<options>] [<database>/]<table>...",
	"git d1 untrack [<options>] --all [<database>]", NULL
};

struct untracking {
	struct tracking tracking;
	struct tracking_database *only; /* that was named; NULL: all */
	bool only_checks;		/* whether names are known */
	bool any;			/* something was untracked */
};

/* ---- one table ---- */

static int is_tracked(struct tracking *tracking, bool *tracked,
		      const struct tracking_database *database,
		      const char *table, struct err *err)
{
	struct table_settings settings;

	if (tracking_settings(tracking, &settings, database, table, err) < 0)
		return err->code;
	*tracked = settings.is_tracked;
	return 0;
}

/* Takes the setting of the section out, if it is what tracks the table. */
static int drop_section(struct tracking *tracking, const char *section,
			struct err *err)
{
	const struct d1config *config = &tracking->config;

	for (size_t i = 0; i < config->table_count; i++)
		if (strcmp(config->table_sections[i].name, section) == 0 &&
		    config->table_sections[i].has_track)
			return tracking_set(tracking, section, NULL, err);
	return 0;
}

/*
 * The setting goes where it stands. If a pattern, or a section for all
 * databases, tracks the table as well, an exception is made.
 */
static int untrack(struct untracking *self,
		   const struct tracking_database *database, const char *table,
		   struct err *err)
{
	struct tracking *tracking = &self->tracking;
	const bool several = tracking->count > 1;
	const char *own, *shared;
	bool tracked = true;

	if (tracking_section(tracking, &own, database, table, true, err) < 0 ||
	    tracking_section(tracking, &shared, database, table, false, err) <
		    0 ||
	    drop_section(tracking, own, err) < 0 ||
	    ((!several || !self->only) &&
	     drop_section(tracking, shared, err) < 0) ||
	    is_tracked(tracking, &tracked, database, table, err) < 0)
		return err->code;
	if (tracked &&
	    (tracking_set(tracking, several ? own : shared, "false", err) < 0 ||
	     is_tracked(tracking, &tracked, database, table, err) < 0))
		return err->code;
	if (!tracked)
		return 0;
	err_set(err, D1_EREFUSED,
		"the table '%s' is still tracked: git's own configuration "
		"says so",
		table);
	return err_hint(err, "see: git config --show-origin --get-regexp "
			     "'^d1\\.table\\.'");
}

/* ---- which tables ---- */

static int tell(const struct untracking *self, const char *what,
		const struct tracking_database *database, const char *table,
		struct err *err)
{
	struct buf line;

	buf_init(&line, MAX_NAME);
	buf_add_format(&line, "%s: ", what);
	tracking_add_name(&line, &self->tracking, database, table);
	if (buf_check(&line, "a name", err) == 0)
		puts(line.data);
	buf_release(&line);
	return err->code;
}

/* Untracks the table, if it is tracked; *found is set if so. */
static int untrack_in(struct untracking *self,
		      const struct tracking_database *database,
		      const char *name, bool *found, struct err *err)
{
	const struct table *table = tracking_table(database, name);
	bool tracked = false;

	if (table)
		name = table->name;
	if (is_tracked(&self->tracking, &tracked, database, name, err) < 0 ||
	    !tracked)
		return err->code;
	*found = true;
	if (self->only_checks)
		return 0;
	if (untrack(self, database, name, err) < 0)
		return err->code;
	self->any = true;
	return tell(self, "no longer tracked", database, name, err);
}

/* True if there is such a table; one without a local file may have it. */
static bool may_exist(const struct tracking *tracking,
		      const struct tracking_database *only, const char *name)
{
	for (size_t i = 0; i < tracking->count; i++) {
		const struct tracking_database *database =
			&tracking->databases[i];

		if ((!only || only == database) &&
		    (!database->local || tracking_table(database, name)))
			return true;
	}
	return false;
}

/* Without the name of a database, the table of that name in all of them. */
static int untrack_named(struct untracking *self, const char *text,
			 struct err *err)
{
	struct tracking *tracking = &self->tracking;
	const struct tracking_database *only;
	const char *name;
	bool found = false;

	if (tracking_split(tracking, &self->only, &name, text, err) < 0)
		return err->code;
	only = self->only;
	for (size_t i = 0; i < tracking->count; i++)
		if ((!only || only == &tracking->databases[i]) &&
		    untrack_in(self, &tracking->databases[i], name, &found,
			       err) < 0)
			return err->code;
	if (found)
		return 0;
	if (*name && may_exist(tracking, only, name))
		return self->only_checks
			       ? 0
			       : tell(self, "not tracked",
				      only ? only : &tracking->databases[0],
				      name, err);
	err_set(err, D1_EUSAGE, "no table '%s' is tracked, or there at all",
		text);
	return err_hint(err, "see which are: git d1 status --offline");
}

/* True if another database has the table that a section for all means. */
static bool is_of_another(const struct tracking *tracking,
			  const struct tracking_database *database,
			  const char *name)
{
	for (size_t i = 0; i < tracking->count; i++)
		if (&tracking->databases[i] != database &&
		    tracking_table(&tracking->databases[i], name))
			return true;
	return false;
}

/* The table that a section names alone in this database; NULL: none. */
static const char *named_table(struct tracking *tracking, const char *section,
			       const struct tracking_database *database)
{
	const char *prefix = database->database->name;
	size_t length = strlen(prefix);
	bool own =
		strncmp(section, prefix, length) == 0 && section[length] == '/';
	char *name, *out;

	if (own)
		section += length + 1;
	else if (strchr(section, '/'))
		return NULL;
	name = arena_string(&tracking->arena, section);
	for (out = name; name && *section; section++) {
		if (strchr("*?[", *section))
			return NULL;
		if (*section == '\\' && section[1])
			section++;
		*out++ = *section;
	}
	if (!name)
		return NULL;
	*out = '\0';
	return own || !is_of_another(tracking, database, name) ? name : NULL;
}

static int untrack_all(struct untracking *self,
		       const struct tracking_database *database,
		       struct err *err)
{
	struct tracking *tracking = &self->tracking;
	const struct schema *schema =
		database->local ? database->local->schema : NULL;
	bool found = false;

	for (size_t i = 0; schema && i < schema->ntables; i++)
		if (untrack_in(self, database, schema->tables[i].name, &found,
			       err) < 0)
			return err->code;
	/* tables that are gone, or not there yet; the list may shrink */
	for (size_t i = tracking->config.table_count; i-- > 0;) {
		const char *name;

		if (i >= tracking->config.table_count)
			continue;
		name = named_table(tracking,
				   tracking->config.table_sections[i].name,
				   database);
		if (name && untrack_in(self, database, name, &found, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- the command ---- */

static int check_call(const struct invocation *call, struct err *err)
{
	const struct untrack_options *options = call->options;
	size_t words = call->arguments.count + call->after.count;

	if (options->all && (words > 1 || call->after.count > 0))
		return err_set(err, D1_EUSAGE,
			       "--all takes the name of one database");
	if (!options->all && words == 0)
		return err_set(err, D1_EUSAGE, "no table was named");
	return 0;
}

static int run_all(struct untracking *self, const struct invocation *call,
		   struct err *err)
{
	struct tracking *tracking = &self->tracking;

	if (call->arguments.count > 0 &&
	    tracking_find_database(tracking, &self->only,
				   call->arguments.words[0], err) < 0)
		return err->code;
	for (size_t i = 0; i < tracking->count; i++)
		if ((!self->only || self->only == &tracking->databases[i]) &&
		    untrack_all(self, &tracking->databases[i], err) < 0)
			return err->code;
	if (!self->any)
		puts("no table is tracked");
	return 0;
}

static int run_words(struct untracking *self, const struct option_words *words,
		     struct err *err)
{
	for (size_t i = 0; i < words->count; i++)
		if (untrack_named(self, words->words[i], err) < 0)
			return err->code;
	return 0;
}

/* All names are looked at before anything is changed. */
static int run_named(struct untracking *self, const struct invocation *call,
		     struct err *err)
{
	for (int pass = 0; pass < 2; pass++) {
		self->only_checks = pass == 0;
		if (run_words(self, &call->arguments, err) < 0 ||
		    run_words(self, &call->after, err) < 0)
			return err->code;
	}
	return 0;
}

static int untrack_run(const struct invocation *call, struct err *err)
{
	const struct untrack_options *options = call->options;
	struct untracking self = { .any = false };

	if (check_call(call, err) < 0)
		return err->code;
	if (tracking_open(&self.tracking, &options->workspace, err) == 0)
		(void)!(options->all ? run_all(&self, call, err)
				     : run_named(&self, call, err));
	if (self.any)
		report_hint("the files stay in the snapshot until 'git d1 "
			    "snapshot' removes them");
	tracking_close(&self.tracking);
	return err->code;
}

const struct command command_untrack = {
	.name = "untrack",
	.summary = "no longer keep tables in snapshots",
	.usage = untrack_usage,
	.specs = untrack_specs,
	.defaults = &untrack_defaults,
	.options_size = sizeof(untrack_defaults),
	.run = untrack_run,
};
