#include "config.h"

#include "cmd/snapshots.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/report.h"
#include "cmd/tables.h"
#include "format/filename.h"
#include "util/file.h"
#include "util/path.h"

enum {
	/* Bytes of a data file above which git gets slow with it. */
	WARN_SIZE = 50 * 1000 * 1000,
};

/* A snapshot in the making. */
struct taking {
	struct workspace *workspace;
	const struct database *database;
	const struct snapshot_target *target;
	struct table_choice choice;
	int64_t warn_size;
};

static bool is_tracked(void *context, const char *table)
{
	const struct taking *taking = context;

	return d1config_tracks_table(&taking->workspace->project.d1config,
				     taking->database->name, table);
}

static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	struct taking *taking = context;

	return table_choice_rules(&taking->choice, table, rules, err);
}

static void wrote(void *context, const struct snapshot_file *file)
{
	const struct taking *taking = context;

	if (file->table && taking->warn_size > 0 &&
	    file->bytes > (uint64_t)taking->warn_size) {
		report_warning("the file of table '%s' has %.1f MB: each "
			       "change of it makes the repository grow, and "
			       "forges refuse files above 100 MB",
			       file->table, (double)file->bytes / 1e6);
		report_hint("a table of that size is better compared than "
			    "kept: git d1 untrack '%s'; the limit is "
			    "d1.snapshotWarnSize",
			    file->table);
	}
	if (taking->target->wrote)
		taking->target->wrote(taking->target->context, file);
}

/* Files that somebody wrote are the same files when they are copied. */
static int check_engine(const struct source *source, const char *label,
			struct err *err)
{
	if (source->ops->select)
		return 0;
	err_set(err, D1_EREFUSED,
		"a snapshot is taken of a database, and '%s' is a snapshot",
		label);
	return err_hint(err, "to have the files of a commit in the worktree: "
			     "git restore --source=COMMIT -- d1");
}

/* One attempt. *same tells whether the database stood still meanwhile. */
static int take_once(struct taking *taking, struct side *side,
		     struct filesink **sink, bool *same, struct err *err)
{
	struct workspace *workspace = taking->workspace;
	struct source *source = NULL;
	struct snapshot_writing writing = {
		.label = side->label,
		.tracked = is_tracked,
		.rules = rules_of,
		.wrote = wrote,
		.context = taking,
		.before = taking->target->before,
	};

	*same = true;
	if (workspace_mask_key(workspace, &taking->choice.mask_key, err) < 0 ||
	    workspace_open(workspace, side, &source, err) < 0 ||
	    check_engine(source, side->label, err) < 0 ||
	    taking->target->open(taking->target->context, sink, err) < 0)
		goto out;
	table_choice_warn(&taking->choice, source->schema, source->schema);
	writing.source = source;
	if (snapshot_write(&writing, *sink, taking->target->old, err) == 0)
		(void)!source_verify(source, same, err);
out:
	source_close(source);
	return err->code;
}

int snapshots_take(struct workspace *workspace, struct side *side,
		   const struct snapshot_target *target, struct filesink **sink,
		   struct err *err)
{
	static const struct option_words all = { NULL, 0 };
	struct taking taking = {
		.workspace = workspace,
		.database = side->database,
		.target = target,
		.choice = { .config = &workspace->project.d1config,
			    .database = side->database->name,
			    .named = &all },
		.warn_size = WARN_SIZE,
	};
	bool same = false;

	*sink = NULL;
	if (workspace_git(workspace, err) < 0 ||
	    git_config_integer(&workspace->git, "d1.snapshotwarnsize",
			       &taking.warn_size, err) < 0)
		return err->code;
	for (int attempt = 0; attempt < 2 && !same && !err->code; attempt++) {
		filesink_close(*sink);
		*sink = NULL;
		(void)!take_once(&taking, side, sink, &same, err);
	}
	table_choice_release(&taking.choice);
	if (err->code || filesink_publish(*sink, err) < 0)
		return err->code;
	if (!same)
		report_warning("the database changed while it was read, twice: "
			       "the snapshot may hold rows of different "
			       "moments");
	return 0;
}

const char *snapshots_shown_path(const struct workspace *workspace,
				 const char *path)
{
	size_t size = workspace->worktree ? strlen(workspace->worktree) : 0;

	return size > 0 && path_is_inside(workspace->worktree, path)
		       ? path + size + 1
		       : path;
}

int snapshots_add_folder(struct buf *out, const struct workspace *workspace,
			 const struct database *database, struct err *err)
{
	char *folder;

	if (project_snapshot_dir(&folder, &workspace->project, database, err) <
	    0)
		return err->code;
	buf_add_string(out, snapshots_shown_path(workspace, folder));
	free(folder);
	return buf_check(out, "a path", err);
}

/* ---- the file of a table ---- */

void tracked_table_release(struct tracked_table *table)
{
	free(table->path);
	table->path = NULL;
}

/* Sets the path for a database. *exists tells whether the file is there. */
static int find_file(struct tracked_table *table, struct workspace *workspace,
		     bool *exists, struct err *err)
{
	char *folder;
	struct buf path;

	if (project_snapshot_dir(&folder, &workspace->project, table->database,
				 err) < 0)
		return err->code;
	buf_init(&path, 1 << 16);
	buf_add_format(&path, "%s/data/", folder);
	free(folder);
	if (filename_add(&path, table->name, err) == 0 &&
	    buf_check(&path, "a path", err) == 0) {
		*exists = file_exists(path.data);
		table->path =
			strdup(snapshots_shown_path(workspace, path.data));
		if (!table->path)
			err_set_nomem(err);
	}
	buf_release(&path);
	return err->code;
}

/* Looks through all databases for the one that has the file. */
static int find_database(struct tracked_table *table,
			 struct workspace *workspace, struct err *err)
{
	const struct project *project = &workspace->project;
	struct tracked_table found = { .path = NULL };

	for (size_t i = 0; i < project->count; i++) {
		bool exists = false;

		table->database = &project->databases[i];
		if (find_file(table, workspace, &exists, err) < 0)
			break;
		if (exists && found.path &&
		    strcmp(found.path, table->path) != 0) {
			err_set(err, D1_EUSAGE,
				"several databases have a table '%s'",
				table->name);
			err_hint(err, "name the one you mean: %s/%s",
				 table->database->name, table->name);
			break;
		}
		if (exists && !found.path)
			found = *table;
		else
			tracked_table_release(table);
		table->path = NULL;
	}
	if (!err->code && !found.path) {
		err_set(err, D1_ENOTFOUND, "no snapshot has a table '%s'",
			table->name);
		err_hint(err,
			 "keep it in one with: git d1 track '%s' && git "
			 "d1 snapshot",
			 table->name);
	}
	tracked_table_release(table);
	*table = found;
	return err->code;
}

int snapshots_find_table(struct tracked_table *table,
			 struct workspace *workspace, const char *text,
			 struct err *err)
{
	const char *slash = strchr(text, '/');
	struct err unknown = ERR_INIT;
	bool exists;
	char *name;

	*table = (struct tracked_table){ .name = text };
	if (workspace_project(workspace, err) < 0)
		return err->code;
	if (slash) {
		name = strndup(text, (size_t)(slash - text));
		if (!name)
			return err_set_nomem(err);
		if (project_find(&table->database, &workspace->project, name,
				 NULL, &unknown) == 0)
			table->name = slash + 1;
		free(name);
	} else if (workspace->project.count == 1) {
		table->database = &workspace->project.databases[0];
	}
	if (table->database)
		return find_file(table, workspace, &exists, err);
	return find_database(table, workspace, err);
}
