#include "config.h"

#include "cmd/snapshotfiles.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/overwriting.h"
#include "render/name.h"
#include "source/snapshot.h"
#include "util/interrupt.h"
#include "workspace/record.h"
#include "workspace/report.h"
#include "workspace/snapshots.h"

/* The snapshot of one database. */
struct snapshot {
	const struct snapshot_taking *options;
	struct workspace *workspace;
	char *folder;	       /* absolute */
	const char *shown;     /* the same from the top of the worktree */
	struct filetree *old;  /* NULL: there was none */
	struct source *before; /* NULL: there was none, or nothing is masked */
	uint64_t tables;
	uint64_t rows;
	uint64_t changed; /* files */
	struct overwriting overwriting;
	struct buf lines; /* what to say of them, once they are there */
};

static const char news_letters[] = {
	[FILE_SAME] = ' ',
	[FILE_CHANGED] = 'M',
	[FILE_NEW] = 'A',
	[FILE_GONE] = 'D',
};

static void show_file(void *context, const struct snapshot_file *file)
{
	struct snapshot *snapshot = context;
	struct buf path;

	snapshot->tables += file->table != NULL;
	snapshot->rows += file->rows;
	if (file->news == FILE_SAME)
		return;
	snapshot->changed++;
	if (file->news != FILE_NEW)
		overwriting_note(&snapshot->overwriting, file->path);
	buf_init(&path, 1 << 16);
	buf_add_format(&path, "%s/%s", snapshot->shown, file->path);
	buf_add_format(&snapshot->lines, "%c\t", news_letters[file->news]);
	name_add_text(&snapshot->lines, path.failed ? file->path : path.data);
	buf_add_char(&snapshot->lines, '\n');
	buf_release(&path);
}

static int open_sink(void *context, struct filesink **sink, struct err *err)
{
	struct snapshot *snapshot = context;

	snapshot->tables = snapshot->rows = snapshot->changed = 0;
	buf_clear(&snapshot->lines);
	overwriting_clear(&snapshot->overwriting);
	return directory_sink_open(sink, snapshot->folder,
				   snapshot->options->check, err);
}

static bool masks_any(const struct d1config *config)
{
	for (size_t i = 0; i < config->table_count; i++)
		if (config->table_sections[i].mask_columns.count > 0)
			return true;
	return false;
}

/* Opens what is there; a folder that is missing is no error. */
static int open_before(struct snapshot *snapshot, struct err *err)
{
	struct filetree *tree;

	if (directory_open(&snapshot->old, snapshot->folder, err) < 0)
		goto missing;
	if (!masks_any(&snapshot->workspace->project.d1config))
		return 0;
	if (directory_open(&tree, snapshot->folder, err) < 0)
		return err->code;
	if (snapshot_open(&snapshot->before, tree, snapshot->shown, err) == 0)
		return 0;
missing:
	if (err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static void sum_up(const struct snapshot *snapshot)
{
	if (snapshot->options->quiet)
		return;
	if (snapshot->lines.len > 0)
		fwrite(snapshot->lines.data, 1, snapshot->lines.len, stdout);
	if (snapshot->changed == 0)
		printf("%s is up to date\n", snapshot->shown);
	else
		printf("%s: %llu file%s %s, %llu row%s of %llu table%s\n",
		       snapshot->shown, (unsigned long long)snapshot->changed,
		       snapshot->changed == 1 ? "" : "s",
		       snapshot->options->check ? "would change" : "changed",
		       (unsigned long long)snapshot->rows,
		       snapshot->rows == 1 ? "" : "s",
		       (unsigned long long)snapshot->tables,
		       snapshot->tables == 1 ? "" : "s");
	if (snapshot->tables == 0)
		report_hint("no table is tracked, so only definitions are "
			    "kept; choose tables with: git d1 track TABLE...");
}

/*
 * Notes that the local database is as the snapshot, which makes it the base of
 * the next restore. With an older base that one takes more for local changes,
 * but loses none: so it is no failure of the snapshot if this cannot be done.
 */
static void keep_record(struct workspace *workspace, const struct side *side,
			const char *folder)
{
	const struct repository *repository;
	struct err err = ERR_INIT;

	if (workspace_repository(workspace, &repository, &err) ==
		    D1_ENOTFOUND ||
	    (!err.code && record_take(repository, side->database->local_path,
				      folder, side->database->name, &err) == 0))
		return;
	err_context(&err, "the snapshot is written, but not noted for the next "
			  "`git d1 restore`");
	report_warning_err(&err);
}

int snapshot_files_take(struct workspace *workspace, struct side *side,
			const struct snapshot_taking *options, bool *changed,
			struct err *err)
{
	struct snapshot snapshot = { .options = options,
				     .workspace = workspace };
	struct snapshot_target target = { .open = open_sink,
					  .wrote = show_file,
					  .context = &snapshot };
	struct filesink *sink = NULL;
	bool is_local = side->endpoint.kind == ENDPOINT_LOCAL;

	buf_init(&snapshot.lines, 1 << 26);
	if (project_snapshot_dir(&snapshot.folder, &workspace->project,
				 side->database, err) < 0)
		goto out;
	snapshot.shown = snapshots_shown_path(workspace, snapshot.folder);
	if ((!options->check &&
	     overwriting_check(workspace, snapshot.folder, err) < 0) ||
	    open_before(&snapshot, err) < 0)
		goto out;
	overwriting_begin(&snapshot.overwriting, workspace, snapshot.old,
			  is_local && !options->check
				  ? side->database->local_path
				  : NULL);
	target.old = snapshot.old;
	target.before = snapshot.before;
	if (!options->check)
		interrupt_begin(INTERRUPT_FOLDER, snapshot.shown, NULL);
	if (snapshots_take(workspace, side, &target, &sink, err) < 0)
		goto out;
	if (buf_check(&snapshot.lines, "the list of files", err) < 0)
		goto out;
	if (is_local && !options->check)
		keep_record(workspace, side, snapshot.folder);
	sum_up(&snapshot);
	overwriting_warn(&snapshot.overwriting, snapshot.shown);
	*changed = *changed || snapshot.changed > 0;
out:
	interrupt_end();
	filesink_close(sink);
	source_close(snapshot.before);
	filetree_close(snapshot.old);
	overwriting_release(&snapshot.overwriting);
	buf_release(&snapshot.lines);
	free(snapshot.folder);
	return err->code;
}
