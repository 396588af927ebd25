#include "config.h"

#include "workspace/snapshots.h"

#include <string.h>

#include "config/tablesettings.h"
#include "util/interrupt.h"
#include "util/path.h"
#include "util/progress.h"
#include "workspace/report.h"
#include "workspace/tables.h"

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
	if (file->table)
		progress_step();
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

static uint64_t count_tracked(struct taking *taking,
			      const struct source *source)
{
	const struct schema *schema = source->schema;
	uint64_t count = 0;

	for (size_t i = 0; i < schema->ntables; i++)
		count += is_tracked(taking, schema->tables[i].name);
	return count;
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
	progress_begin("reading", "tables", count_tracked(taking, source));
	if (snapshot_write(&writing, *sink, taking->target->old, err) == 0)
		(void)!source_verify(source, same, err);
	progress_end();
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
	if (err->code)
		return err->code;
	interrupt_writing();
	if (filesink_publish(*sink, err) < 0)
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
