#include "config.h"

#include "cmd/table.h"

#include <stdio.h>

#include "cmd/normalize.h"
#include "cmd/snapshotfiles.h"
#include "util/file.h"
#include "workspace/report.h"

struct snapshot_options {
	struct snapshot_taking taking;
	bool normalize;
	struct workspace_options workspace;
};

static const struct snapshot_options snapshot_defaults = { .normalize = false };

static const struct option_spec snapshot_specs[] = {
	OPTION_FLAG(0, "check", struct snapshot_options, taking.check,
		    "write nothing; exit with 1 if files would change"),
	OPTION_FLAG(0, "normalize", struct snapshot_options, normalize,
		    "read no database; put the files that are there in order"),
	OPTION_FLAG('q', "quiet", struct snapshot_options, taking.quiet,
		    "do not list files"),
	WORKSPACE_PROGRESS(struct snapshot_options, workspace.),
	WORKSPACE_OPTIONS(struct snapshot_options, workspace.),
	OPTION_END
};

static const char *const snapshot_usage[] = {
	"git d1 snapshot [<options>] [<endpoint>]",
	"git d1 snapshot [<options>] --normalize", NULL
};

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
	(void)!snapshot_files_take(workspace, &side, &options->taking, changed,
				   err);
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
	if (options->normalize && options->taking.check)
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
	if (options->taking.quiet)
		progress_quiet();
	if (options->normalize)
		(void)!normalize_run(&workspace, options->taking.quiet,
				     &different, err);
	else if (call->arguments.count == 1)
		(void)!take_endpoint(&workspace, options,
				     call->arguments.words[0], &different, err);
	else
		(void)!take_all(&workspace, options, &different, err);
	workspace_release(&workspace);
	if (err->code)
		return err->code;
	return (options->taking.check || options->normalize) && different
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
