#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/normalize.h"
#include "cmd/overwriting.h"
#include "cmd/record.h"
#include "cmd/report.h"
#include "cmd/snapshots.h"
#include "render/name.h"
#include "source/snapshot.h"
#include "util/file.h"
#include "util/interrupt.h"

struct snapshot_options {
	bool check, normalize, quiet;
	struct workspace_options workspace;
};

static const struct snapshot_options snapshot_defaults = { .check = false };

static const struct option_spec snapshot_specs[] = {
	OPTION_FLAG(0, "check", struct snapshot_options, check,
		    "write nothing; exit with 1 if files would change"),
	OPTION_FLAG(0, "normalize", struct snapshot_options, normalize,
		    "read no database; put the files that are there in order"),
	OPTION_FLAG('q', "quiet", struct snapshot_options, quiet,
		    "do not list files"),
	WORKSPACE_PROGRESS(struct snapshot_options, workspace.),
	WORKSPACE_OPTIONS(struct snapshot_options, workspace.),
	OPTION_END
};

static const char *const snapshot_usage[] = {
	"git d1 snapshot [<options>] [<endpoint>]",
	"git d1 snapshot [<options>] --normalize", NULL
};

/* The snapshot of one database. */
struct snapshot {
	const struct snapshot_options *options;
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

/* Writes the snapshot of a side. *changed is set if files changed. */
static int take(struct workspace *workspace,
		const struct snapshot_options *options, struct side *side,
		bool *changed, struct err *err)
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

static int take_endpoint(struct workspace *workspace,
			 const struct snapshot_options *options,
			 const char *endpoint, bool *changed, struct err *err)
{
	struct side side;

	if (workspace_resolve(workspace, &side, endpoint, err) < 0)
		goto out;
	if (!side.database && (workspace_project(workspace, err) < 0 ||
			       project_find(&side.database, &workspace->project,
					    NULL, NULL, err) < 0))
		goto out;
	(void)!take(workspace, options, &side, changed, err);
out:
	side_release(&side);
	return err->code;
}

static bool has_any_local(const struct project *project)
{
	for (size_t i = 0; i < project->count; i++)
		if (file_exists(project->databases[i].local_path))
			return true;
	return false;
}

/*
 * Without an endpoint: the local side of each database of the project. One that
 * was never used is passed over, unless there is none at all.
 */
static int take_all(struct workspace *workspace,
		    const struct snapshot_options *options, bool *changed,
		    struct err *err)
{
	const struct project *project = &workspace->project;
	struct buf endpoint;
	bool any;

	if (workspace_project(workspace, err) < 0)
		return err->code;
	if (project->count <= 1)
		return take_endpoint(workspace, options, "local", changed, err);
	any = has_any_local(project);
	buf_init(&endpoint, 4096);
	for (size_t i = 0; i < project->count; i++) {
		if (any && !file_exists(project->databases[i].local_path)) {
			report_warning("%s/local does not exist yet: its "
				       "snapshot is left as it is",
				       project->databases[i].name);
			continue;
		}
		buf_clear(&endpoint);
		buf_add_format(&endpoint, "%s/local",
			       project->databases[i].name);
		if (buf_check(&endpoint, "a database's name", err) < 0 ||
		    take_endpoint(workspace, options, endpoint.data, changed,
				  err) < 0)
			break;
	}
	buf_release(&endpoint);
	return err->code;
}

static int check_options(const struct invocation *call, struct err *err)
{
	const struct snapshot_options *options = call->options;

	if (call->arguments.count > 1 || call->after.count > 0)
		return err_set(err, D1_EUSAGE,
			       "snapshot takes one endpoint at most");
	if (options->normalize && call->arguments.count > 0)
		return err_set(err, D1_EUSAGE,
			       "--normalize takes no endpoint: it reads the "
			       "files of the worktree");
	if (options->normalize && options->check)
		return err_set(err, D1_EUSAGE,
			       "--normalize and --check exclude each other: "
			       "git d1 fsck says what is out of order");
	return 0;
}

static int snapshot_run(const struct invocation *call, struct err *err)
{
	const struct snapshot_options *options = call->options;
	struct workspace workspace;
	bool different = false; /* or, with --normalize, not all in order */

	if (check_options(call, err) < 0)
		return err->code;
	workspace_init(&workspace, &options->workspace);
	if (options->quiet)
		progress_quiet();
	if (options->normalize)
		(void)!normalize_run(&workspace, options->quiet, &different,
				     err);
	else if (call->arguments.count == 1)
		(void)!take_endpoint(&workspace, options,
				     call->arguments.words[0], &different, err);
	else
		(void)!take_all(&workspace, options, &different, err);
	workspace_release(&workspace);
	if (err->code)
		return err->code;
	return (options->check || options->normalize) && different
		       ? EXIT_DIFFERENT
		       : EXIT_FINE;
}

const struct command command_snapshot = {
	.name = "snapshot",
	.summary = "write rows and schema as files that git keeps",
	.usage = snapshot_usage,
	.specs = snapshot_specs,
	.defaults = &snapshot_defaults,
	.options_size = sizeof(snapshot_defaults),
	.run = snapshot_run,
};
