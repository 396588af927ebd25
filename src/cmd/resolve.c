#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/filename.h"
#include "render/name.h"
#include "util/file.h"
#include "util/filetree.h"
#include "util/path.h"
#include "workspace/actions.h"
#include "workspace/conflicts.h"
#include "workspace/report.h"
#include "workspace/workspace.h"

enum { MAX_LINE = 1 << 16, MAX_LISTED = 20 };

struct resolve_options {
	bool ours, theirs, all;
	struct workspace_options workspace;
};

static const struct resolve_options resolve_defaults = { .ours = false };

static const struct option_spec resolve_specs[] = {
	OPTION_FLAG(0, "ours", struct resolve_options, ours,
		    "take the row as it is on our side"),
	OPTION_FLAG(0, "theirs", struct resolve_options, theirs,
		    "take the row as it is on their side"),
	OPTION_FLAG('a', "all", struct resolve_options, all,
		    "all tables that are in conflict"),
	OPTION_STRING(0, "env", struct resolve_options, workspace.environment,
		      "name", "use this environment of the configuration"),
	OPTION_STRING(0, "config", struct resolve_options, workspace.config,
		      "file", "read this wrangler configuration"),
	OPTION_END
};

static const char *const resolve_usage[] = {
	"git d1 resolve (--ours | --theirs) [<database>/]<table> [<key>]",
	"git d1 resolve (--ours | --theirs) --all [<database>]", NULL
};

struct resolution {
	const struct resolve_options *options;
	struct workspace workspace;
	struct key_values key;
	bool has_key;
	bool any; /* something was resolved */
};

/* ---- one file ---- */

/* A key that cannot be looked for in this file. */
static int check_key(const struct conflicts *conflicts,
		     const struct key_values *key, struct err *err)
{
	const struct datafile_header *header = &conflicts->header;
	struct buf names;

	if (!conflicts->has_header) {
		err_set(err, D1_ERROR, "the head of '%s' is in conflict",
			conflicts->shown_path);
		return err_hint(err, "leave the key out to resolve all of it, "
				     "or edit the file");
	}
	if (header->nkey == key->count)
		return 0;
	if (header->nkey == 0)
		return err_set(err, D1_EUSAGE, "table '%s' has no key",
			       header->table);
	buf_init(&names, MAX_LINE);
	for (size_t i = 0; i < header->nkey; i++)
		buf_add_format(&names, "%s%s", i > 0 ? ", " : "",
			       header->columns[header->key[i]]);
	if (buf_check(&names, "a key", err) == 0)
		err_set(err, D1_EUSAGE,
			"the key of table '%s' is %s: values for all of it are "
			"needed, with commas between them",
			header->table, names.data);
	buf_release(&names);
	return err->code;
}

static int refuse_key(const struct conflicts *conflicts, struct err *err)
{
	struct buf list;

	err_set(err, D1_ENOTFOUND, "no conflict in '%s' is about this key",
		conflicts->shown_path);
	buf_init(&list, sizeof(err->hint));
	for (size_t i = 0; i < conflicts->count && i < MAX_LISTED; i++)
		buf_add_format(&list, "%sin conflict: %s", i > 0 ? "\n" : "",
			       conflicts->items[i].label);
	if (conflicts->count > MAX_LISTED)
		buf_add_format(&list, "\nand %zu more",
			       conflicts->count - MAX_LISTED);
	if (list.data)
		err_hint(err, "%s", list.data);
	buf_release(&list);
	return err->code;
}

static int tell(const struct conflicts *conflicts, bool ours, struct err *err)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	for (size_t i = 0; i < conflicts->count; i++) {
		const struct conflict *conflict = &conflicts->items[i];

		if (!conflict->chosen)
			continue;
		buf_clear(&line);
		name_add_text(&line, conflicts->shown_path);
		buf_add_format(&line, ": %s%s: %s\n", conflict->label,
			       conflict->more ? " and others" : "",
			       ours ? "ours" : "theirs");
		if (buf_check(&line, "a line", err) < 0)
			break;
		fwrite(line.data, 1, line.len, stdout);
	}
	buf_release(&line);
	return err->code;
}

static void say_what_is_next(const struct conflicts *conflicts)
{
	size_t left = conflicts->count - conflicts->nchosen;

	if (left > 0)
		report_hint("%zu %s left in '%s'", left,
			    left == 1 ? "conflict is" : "conflicts are",
			    conflicts->shown_path);
	else
		report_hint("no conflict is left: git add '%s'",
			    conflicts->shown_path);
}

static int resolve_conflicts(struct resolution *self,
			     const struct conflicts *conflicts, struct err *err)
{
	bool ours = self->options->ours;

	if (conflicts->count == 0 && self->options->all)
		return 0;
	if (conflicts->count == 0)
		return err_set(err, D1_ENOTFOUND, "'%s' has no conflict",
			       conflicts->shown_path);
	if (self->has_key && check_key(conflicts, &self->key, err) < 0)
		return err->code;
	if (conflicts->nchosen == 0)
		return refuse_key(conflicts, err);
	if (conflicts_take(conflicts, ours ? CONFLICT_OURS : CONFLICT_THEIRS,
			   err) < 0)
		return err->code;
	self->any = true;
	if (tell(conflicts, ours, err) == 0)
		say_what_is_next(conflicts);
	return err->code;
}

static int resolve_file(struct resolution *self, const char *path,
			struct err *err)
{
	char *shown = path_relative(self->workspace.dir, path);
	struct conflicts conflicts;

	if (!shown)
		return err_set_nomem(err);
	if (conflicts_find(&conflicts, path, shown,
			   self->has_key ? &self->key : NULL, err) == 0)
		(void)!resolve_conflicts(self, &conflicts, err);
	conflicts_release(&conflicts);
	free(shown);
	return err->code;
}

/* ---- which files ---- */

/* The data file of the table, in *path, which is NULL if there is none. */
static int find_file(struct resolution *self, char **path,
		     const struct database *database, const char *table,
		     struct err *err)
{
	struct buf name;
	char *dir = NULL;

	*path = NULL;
	if (project_snapshot_dir(&dir, &self->workspace.project, database,
				 err) < 0)
		return err->code;
	buf_init(&name, MAX_LINE);
	buf_add_string(&name, "data/");
	if (filename_add(&name, table, err) == 0 &&
	    buf_check(&name, "a file name", err) == 0) {
		*path = path_resolve(dir, name.data);
		if (!*path)
			err_set_nomem(err);
	}
	if (*path && !file_exists(*path)) {
		free(*path);
		*path = NULL;
	}
	buf_release(&name);
	free(dir);
	return err->code;
}

/* The one file of that table, in whatever database. */
static int find_table(struct resolution *self, char **path, const char *table,
		      struct err *err)
{
	const struct project *project = &self->workspace.project;

	*path = NULL;
	for (size_t i = 0; i < project->count; i++) {
		char *other;

		if (find_file(self, &other, &project->databases[i], table,
			      err) < 0)
			break;
		if (*path && other && strcmp(*path, other) != 0) {
			err_set(err, D1_EUSAGE,
				"several databases have a table '%s'", table);
			err_hint(err, "name the database: %s/%s",
				 project->databases[i].name, table);
		}
		if (*path) {
			free(other);
			other = *path;
		}
		*path = other;
	}
	if (err->code) {
		free(*path);
		*path = NULL;
	}
	return err->code;
}

/* "<table>", else "<database>/<table>". */
static int find_named(struct resolution *self, char **path, const char *text,
		      struct err *err)
{
	const struct database *database;
	const char *slash = strchr(text, '/');
	char *name;

	if (workspace_project(&self->workspace, err) < 0)
		return err_hint(err, "the path of a data file can be given, "
				     "too");
	if (find_table(self, path, text, err) < 0 || *path)
		return err->code;
	if (slash) {
		name = strndup(text, (size_t)(slash - text));
		if (!name)
			return err_set_nomem(err);
		if (project_find(&database, &self->workspace.project, name,
				 NULL, err) == 0)
			(void)!find_file(self, path, database, slash + 1, err);
		free(name);
	}
	if (!err->code && !*path)
		err_set(err, D1_ENOTFOUND,
			"no snapshot in the worktree has a table '%s'", text);
	return err->code;
}

/* A path is for when the configuration cannot be read, or does not know it. */
static int find_path(struct resolution *self, char **path, const char *text,
		     struct err *err)
{
	size_t size = strlen(text);

	if (size < 4 || strcmp(text + size - 4, ".sql") != 0 ||
	    !strchr(text, '/') || !file_exists(text))
		return find_named(self, path, text, err);
	*path = path_resolve(self->workspace.dir, text);
	return *path ? 0 : err_set_nomem(err);
}

/* Resolves the files of one database, and passes over those without conflict */
struct walk {
	struct resolution *resolution;
	const char *dir;
};

static int resolve_entry(void *context, const struct filetree_entry *entry,
			 struct err *err)
{
	const struct walk *walk = context;
	size_t size = strlen(entry->name);
	struct buf name;
	char *path;

	if (entry->kind != FILETREE_FILE || size < 4 ||
	    strcmp(entry->name + size - 4, ".sql") != 0)
		return 0;
	buf_init(&name, MAX_LINE);
	buf_add_format(&name, "data/%s", entry->name);
	if (buf_check(&name, "a path", err) == 0) {
		path = path_resolve(walk->dir, name.data);
		if (path)
			(void)!resolve_file(walk->resolution, path, err);
		else
			err_set_nomem(err);
		free(path);
	}
	buf_release(&name);
	return err->code;
}

static int resolve_database(struct resolution *self,
			    const struct database *database, struct err *err)
{
	struct walk walk = { .resolution = self };
	struct err missing = ERR_INIT;
	struct filetree *tree = NULL;
	char *dir = NULL;

	if (project_snapshot_dir(&dir, &self->workspace.project, database,
				 err) < 0)
		return err->code;
	walk.dir = dir;
	if (directory_open(&tree, dir, &missing) == 0)
		(void)!filetree_list(tree, "data", resolve_entry, &walk, err);
	else if (missing.code != D1_ENOTFOUND)
		*err = missing;
	filetree_close(tree);
	free(dir);
	return err->code;
}

static int resolve_all(struct resolution *self, const char *name,
		       struct err *err)
{
	const struct project *project = &self->workspace.project;
	const struct database *only = NULL;

	if (workspace_project(&self->workspace, err) < 0 ||
	    (name && project_find(&only, &self->workspace.project, name, NULL,
				  err) < 0))
		return err->code;
	for (size_t i = 0; i < project->count; i++)
		if ((!only || only == &project->databases[i]) &&
		    resolve_database(self, &project->databases[i], err) < 0)
			return err->code;
	if (!self->any)
		return err_set(err, D1_ENOTFOUND,
			       "no data file has a conflict");
	return 0;
}

/* ---- the command ---- */

static int resolve_table(struct resolution *self,
			 const struct option_words *words, struct err *err)
{
	char *path = NULL;

	if (words->count > 1) {
		self->has_key = true;
		if (key_values_read(&self->key, words->words[1], err) < 0)
			return err->code;
	}
	if (find_path(self, &path, words->words[0], err) == 0)
		(void)!resolve_file(self, path, err);
	free(path);
	return err->code;
}

static int check_options(const struct invocation *call, struct err *err)
{
	const struct resolve_options *options = call->options;
	size_t count = call->arguments.count;

	if (options->ours == options->theirs)
		return err_set(err, D1_EUSAGE,
			       "one of --ours and --theirs is needed");
	if (options->all && count > 1)
		return err_set(err, D1_EUSAGE,
			       "--all takes one database at most");
	if (!options->all && (count < 1 || count > 2))
		return err_set(err, D1_EUSAGE,
			       "a table is needed, and perhaps a key");
	if (call->separated)
		return err_set(err, D1_EUSAGE, "resolve takes no '--'");
	return 0;
}

static int resolve_run(const struct invocation *call, struct err *err)
{
	const struct resolve_options *options = call->options;
	const struct option_words *words = &call->arguments;
	struct resolution self = { .options = options };
	struct actions_guard guard = { "" };

	if (check_options(call, err) < 0)
		return err->code;
	workspace_init(&self.workspace, &options->workspace);
	if (actions_guard_begin(&guard, stdout, err) == 0 &&
	    workspace_git(&self.workspace, err) == 0) {
		if (options->all)
			(void)!resolve_all(&self,
					   words->count ? words->words[0]
							: NULL,
					   err);
		else
			(void)!resolve_table(&self, words, err);
	}
	actions_guard_end(&guard, stdout);
	key_values_release(&self.key);
	workspace_release(&self.workspace);
	return err->code;
}

const struct command command_resolve = {
	.name = "resolve",
	.summary = "settle conflicts of a merge in data files",
	.usage = resolve_usage,
	.specs = resolve_specs,
	.defaults = &resolve_defaults,
	.options_size = sizeof(resolve_defaults),
	.run = resolve_run,
};
