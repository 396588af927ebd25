#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

#include "cmd/actions.h"
#include "cmd/commits.h"
#include "cmd/report.h"
#include "cmd/snapshots.h"
#include "git/tree.h"

struct show_options {
	struct view_options view;
	struct workspace_options workspace;
};

static const struct show_options show_defaults = { .view = VIEW_DEFAULTS };

static const struct option_spec show_specs[] = {
	VIEW_OPTIONS(struct show_options, view.),
	WORKSPACE_OPTIONS(struct show_options, workspace.), OPTION_END
};

static const char *const show_usage[] = {
	"git d1 show [<options>] [<commit>] [-- <table>...]", NULL
};

/* A call of the command while it runs. */
struct show {
	struct workspace workspace;
	struct repository repository;
	struct view view;
	const struct option_words *tables;
	uint64_t databases; /* with a snapshot in the commit or its parent */
};

/* Shows what the commit did to one database, if it has a snapshot of it. */
static int show_database(struct show *show, const struct database *database,
			 const struct history_commit *commit, struct err *err)
{
	const char *parent = commit->nparents > 0 ? commit->parents[0] : NULL;
	char ids[2][OBJECT_ID_SIZE] = { "", "" };
	struct commit_comparison comparison = {
		.workspace = &show->workspace,
		.repository = &show->repository,
		.database = database,
		.view = &show->view,
		.tables = show->tables,
	};
	struct comparison_result result = { .compared = 0 };
	struct buf folder;

	buf_init(&folder, 1 << 16);
	if (snapshots_add_folder(&folder, &show->workspace, database, err) < 0)
		goto out;
	comparison.folder = folder.data;
	if ((parent && commit_path_id(&show->repository, ids[OLD], parent,
				      folder.data, err) < 0) ||
	    commit_path_id(&show->repository, ids[NEW], commit->id, folder.data,
			   err) < 0)
		goto out;
	show->databases += ids[OLD][0] || ids[NEW][0];
	if (strcmp(ids[OLD], ids[NEW]) != 0)
		(void)!commits_compare(&comparison, parent, commit->id, stdout,
				       &result, err);
out:
	buf_release(&folder);
	return err->code;
}

static int show_databases(struct show *show,
			  const struct history_commit *commit, struct err *err)
{
	const struct project *project = &show->workspace.project;

	for (size_t i = 0; i < project->count; i++)
		if (show_database(show, &project->databases[i], commit, err) <
		    0)
			return err->code;
	if (show->databases == 0)
		report_hint("the commit holds no snapshot: git d1 snapshot "
			    "makes one");
	return 0;
}

/* The first commit of the walk is the one that is shown. */
static int show_commit(void *context, const struct history_commit *commit,
		       bool *stop, struct err *err)
{
	struct show *show = context;
	struct actions_guard guard = { "" };

	*stop = true;
	if (commit->cut_off)
		report_warning("the history is cut off here: all rows are "
			       "shown as new; to see more: git fetch "
			       "--unshallow");
	if (!view_is_whole(&show->view) &&
	    actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	if (view_is_whole(&show->view) ||
	    commits_show(commit, &show->view, false, stdout, err) == 0)
		(void)!show_databases(show, commit, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

static int show_run(const struct invocation *call, struct err *err)
{
	const struct show_options *options = call->options;
	const char *revision = "HEAD";
	char id[OBJECT_ID_SIZE];
	bool begun;
	struct show show = { .repository = REPOSITORY_INIT,
			     .tables = &call->after };

	if (call->arguments.count > 1)
		return err_set(err, D1_EUSAGE,
			       "show takes one commit; tables stand after --");
	if (call->arguments.count == 1)
		revision = call->arguments.words[0];
	workspace_init(&show.workspace, &options->workspace);
	if (view_check(&options->view, err) < 0 ||
	    workspace_project(&show.workspace, err) < 0 ||
	    view_prepare(&show.view, &options->view, &show.workspace, err) <
		    0 ||
	    repository_open(&show.repository, show.workspace.dir, err) < 0 ||
	    repository_commit(&show.repository, id, revision, err) < 0)
		goto out;
	view_begin_pager(&show.view, &show.workspace);
	if (view_begin_document(&show.view, &begun, err) == 0)
		(void)!history_walk(&show.repository, id, NULL, show_commit,
				    &show, err);
	view_end_document(&show.view, stdout, err);
out:
	repository_close(&show.repository);
	workspace_release(&show.workspace);
	return err->code ? err->code : EXIT_FINE;
}

const struct command command_show = {
	.name = "show",
	.summary = "show what a commit did to the rows",
	.usage = show_usage,
	.specs = show_specs,
	.defaults = &show_defaults,
	.options_size = sizeof(show_defaults),
	.run = show_run,
};
