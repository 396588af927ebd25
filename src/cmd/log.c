#include "config.h"

#include "cmd/table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/actions.h"
#include "cmd/commits.h"
#include "cmd/report.h"
#include "cmd/snapshots.h"

struct log_options {
	struct view_options view;
	long long max_count;
	bool oneline, patch;
	struct workspace_options workspace;
};

static const struct log_options log_defaults = { .view = VIEW_DEFAULTS,
						 .max_count = LLONG_MAX };

static const struct option_spec log_specs[] = {
	OPTION_NUMBER('n', "max-count", struct log_options, max_count, "n", 0,
		      LLONG_MAX, "show at most <n> commits"),
	OPTION_FLAG(0, "oneline", struct log_options, oneline,
		    "show a commit as one line"),
	OPTION_FLAG('p', "patch", struct log_options, patch,
		    "show what each commit did to the rows"),
	VIEW_OPTIONS(struct log_options, view.),
	WORKSPACE_OPTIONS(struct log_options, workspace.),
	OPTION_END
};

static const char *const log_usage[] = {
	"git d1 log [<options>] [<revision>] -- <table> [<key>]", NULL
};

/* A call of the command while it runs. */
struct log {
	const struct log_options *options;
	struct workspace workspace;
	struct repository repository;
	struct view view;
	struct view silent; /* to see whether a row changed at all */
	struct tracked_table table;
	struct buf folder;
	struct key_values key;
	bool has_key;
	bool shows_changes;
	long long shown; /* commits */
};

static int compare(struct log *log, struct view *view, const char *from,
		   const char *to, bool *differs, struct err *err)
{
	char *names[] = { (char *)log->table.name };
	const struct option_words tables = { names, 1 };
	const struct commit_comparison comparison = {
		.workspace = &log->workspace,
		.repository = &log->repository,
		.database = log->table.database,
		.folder = log->folder.data,
		.view = view,
		.tables = &tables,
		.key = log->has_key ? &log->key : NULL,
	};
	struct comparison_result result = { .compared = 0 };

	if (commits_compare(&comparison, from, to, stdout, &result, err) == 0)
		*differs =
			result.differences > 0 || result.schema_differences > 0;
	return err->code;
}

/*
 * True if the commit did something to the row: it is another than in every
 * parent. A merge that took it from one of them did nothing.
 */
static bool touches_row(struct log *log, const struct history_commit *commit,
			struct err *err)
{
	bool differs = true;

	if (commit->nparents == 0)
		return compare(log, &log->silent, NULL, commit->id, &differs,
			       err) == 0 &&
		       differs;
	for (size_t i = 0; i < commit->nparents && differs; i++)
		if (compare(log, &log->silent, commit->parents[i], commit->id,
			    &differs, err) < 0)
			return false;
	return differs;
}

static int show_commit(void *context, const struct history_commit *commit,
		       bool *stop, struct err *err)
{
	struct log *log = context;
	const char *parent = commit->nparents > 0 ? commit->parents[0] : NULL;
	bool differs;

	*stop = log->shown >= log->options->max_count;
	if (*stop || (log->has_key && !touches_row(log, commit, err)))
		return err->code;
	if (!view_is_whole(&log->view)) {
		if (log->shown > 0 && !log->options->oneline)
			putchar('\n');
		if (commits_show(commit, &log->view, log->options->oneline,
				 stdout, err) < 0)
			return err->code;
	}
	log->shown++;
	if (commit->cut_off)
		report_warning("the history is cut off at %.7s: to see more: "
			       "git fetch --unshallow",
			       commit->id);
	if (log->shows_changes)
		(void)!compare(log, &log->view, parent, commit->id, &differs,
			       err);
	return err->code;
}

static int walk(struct log *log, const char *revision, struct err *err)
{
	struct actions_guard guard = { "" };
	char id[OBJECT_ID_SIZE];
	bool begun;

	if (repository_open(&log->repository, log->workspace.dir, err) < 0 ||
	    repository_commit(&log->repository, id, revision, err) < 0)
		return err->code;
	view_begin_pager(&log->view, &log->workspace);
	if ((!view_is_whole(&log->view) &&
	     actions_guard_begin(&guard, stdout, err) < 0) ||
	    view_begin_document(&log->view, &begun, err) < 0)
		return err->code;
	(void)!history_walk(&log->repository, id, log->table.path, show_commit,
			    log, err);
	view_end_document(&log->view, stdout, err);
	actions_guard_end(&guard, stdout);
	if (!err->code && log->shown == 0)
		report_warning(log->has_key ? "no commit has a row of table "
					      "'%s' with that key"
					    : "no commit has a snapshot of "
					      "table '%s'",
			       log->table.name);
	return err->code;
}

static int prepare(struct log *log, const struct invocation *call,
		   struct err *err)
{
	const struct option_words *words = &call->after;

	if (call->arguments.count > 1 || words->count < 1 || words->count > 2) {
		err_set(err, D1_EUSAGE,
			"log takes a revision, and after -- a table and a "
			"key");
		return err_hint(err, "as in: git d1 log -- users 42");
	}
	log->has_key = words->count == 2;
	log->shows_changes = log->has_key || log->options->patch ||
			     view_is_chosen(&log->options->view);
	if (view_check(&log->options->view, err) < 0 ||
	    (log->has_key &&
	     key_values_read(&log->key, words->words[1], err) < 0) ||
	    snapshots_find_table(&log->table, &log->workspace, words->words[0],
				 err) < 0 ||
	    snapshots_add_folder(&log->folder, &log->workspace,
				 log->table.database, err) < 0 ||
	    view_prepare(&log->view, &log->options->view, &log->workspace,
			 err) < 0)
		return err->code;
	log->silent = log->view;
	log->silent.quiet = true;
	return 0;
}

static int log_run(const struct invocation *call, struct err *err)
{
	const struct log_options *options = call->options;
	struct log log = { .options = options, .repository = REPOSITORY_INIT };

	workspace_init(&log.workspace, &options->workspace);
	buf_init(&log.folder, 1 << 16);
	if (prepare(&log, call, err) == 0)
		(void)!walk(&log,
			    call->arguments.count == 1
				    ? call->arguments.words[0]
				    : "HEAD",
			    err);
	repository_close(&log.repository);
	key_values_release(&log.key);
	tracked_table_release(&log.table);
	buf_release(&log.folder);
	workspace_release(&log.workspace);
	return err->code ? err->code : EXIT_FINE;
}

const struct command command_log = {
	.name = "log",
	.summary = "show the commits that changed a table, or one row of it",
	.usage = log_usage,
	.specs = log_specs,
	.defaults = &log_defaults,
	.options_size = sizeof(log_defaults),
	.run = log_run,
};
