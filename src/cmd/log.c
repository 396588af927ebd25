#include "config.h"

#include "cmd/table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/rowversions.h"
#include "workspace/actions.h"
#include "workspace/commits.h"
#include "workspace/committed.h"
#include "workspace/report.h"

struct log_options {
	struct view_options view;
	long long max_count;
	bool oneline, patch;
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
	VIEW_OPTIONS(struct log_options, view.), OPTION_END
};

static const char *const log_usage[] = {
	"git d1 log [<options>] [<revision>] -- <table> [<key>]", NULL
};

/* A call of the command while it runs. */
struct log {
	const struct log_options *options;
	const char *revision;
	struct workspace workspace;
	const struct repository *repository;
	char id[OBJECT_ID_SIZE]; /* of the commit that is begun with */
	struct view view;
	struct view silent; /* to see whether a row changed at all */
	struct committed_table table;
	struct commit_comparison comparison;
	struct option_words tables; /* that one */
	struct key_values key;
	bool has_key;
	struct row_versions *versions; /* of the row; NULL without a key */
	bool shows_changes;
	long long shown;		/* commits */
	bool any_seen;			/* commit that changed the table */
	bool key_fits;			/* the table's, in some commit */
	bool any_failed;		/* that could not be read */
	bool ended;			/* older commits tell nothing */
	struct comparison_result total; /* its gaps, of all commits */
};

/* ---- comparing ---- */

static int compare(struct log *log, struct view *view, const char *from,
		   const char *to, struct comparison_result *result,
		   struct err *err)
{
	log->comparison.view = view;
	*result = (struct comparison_result){ .compared = 0 };
	return commits_compare(&log->comparison, from, to, stdout, result, err);
}

/*
 * Tells whether the row is another in the two commits. A column that only one
 * of them has is a part of it; a table that cannot be compared may hide one.
 * `from` may be NULL: no rows.
 */
static int row_differs(struct log *log, const char *from, const char *to,
		       bool *differs, struct err *err)
{
	struct comparison_result result;
	enum row_relation relation;

	if (row_versions_relate(log->versions, from, to, &relation, err) < 0)
		return err->code;
	*differs = relation == ROW_OTHER;
	if (relation != ROW_UNSURE) {
		log->key_fits = true;
		return 0;
	}
	if (compare(log, &log->silent, from, to, &result, err) < 0)
		return err->code;
	log->key_fits = log->key_fits || result.not_compared == 0;
	*differs = result.differences > 0 || result.not_compared > 0 ||
		   (result.schema_differences > 0 && result.unchanged > 0);
	return 0;
}

/* Tells whether the file of the table is another in the two commits. */
static int file_differs(struct log *log, const char *from, const char *to,
			bool *differs, struct err *err)
{
	const char *path = log->table.path;
	char ids[2][OBJECT_ID_SIZE];

	if (commit_path_id(log->repository, ids[OLD], from, path, err) == 0 &&
	    commit_path_id(log->repository, ids[NEW], to, path, err) == 0)
		*differs = strcmp(ids[OLD], ids[NEW]) != 0;
	return err->code;
}

/*
 * Tells whether the commit did something: what is logged is another than in
 * each parent. A merge that took it from one of them did nothing.
 */
static int is_touched(struct log *log, const struct history_commit *commit,
		      bool *touched, struct err *err)
{
	*touched = true;
	if (commit->nparents == 0 && log->has_key)
		return row_differs(log, NULL, commit->id, touched, err);
	for (size_t i = 0; i < commit->nparents && *touched; i++) {
		const char *parent = commit->parents[i];

		if (file_differs(log, parent, commit->id, touched, err) < 0)
			return err->code;
		if (*touched && log->has_key &&
		    row_differs(log, parent, commit->id, touched, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- showing ---- */

/*
 * What is broken in one commit does not keep the others from being shown. It is
 * told, and ends the command with an error after all. Where the table had a key
 * of another kind, the life of the row under this one begins.
 */
static int forgive(struct log *log, const struct history_commit *commit,
		   struct err *err)
{
	bool other_key = err->code == D1_EUSAGE && log->key_fits;

	if (err->code != D1_ERROR && err->code != D1_ECONFLICT &&
	    err->code != D1_EREFUSED && !other_key)
		return err->code;
	fflush(stdout);
	err_context(err, "%.7s", commit->id);
	report_warning_err(err);
	err_clear(err);
	log->any_failed = log->any_failed || !other_key;
	log->ended = other_key;
	return 0;
}

static int show_header(struct log *log, const struct history_commit *commit,
		       struct err *err)
{
	bool oneline = log->options->oneline;

	if (view_is_whole(&log->view))
		return 0;
	if (log->shown > 0 && !oneline)
		putchar('\n');
	if (commits_show(commit, &log->view, oneline, stdout, err) < 0)
		return err->code;
	if (log->shows_changes && !oneline)
		putchar('\n');
	return 0;
}

static int show_changes(struct log *log, const struct history_commit *commit,
			struct err *err)
{
	const char *parent = commit->nparents > 0 ? commit->parents[0] : NULL;
	struct comparison_result result;

	if (compare(log, &log->view, parent, commit->id, &result, err) == 0)
		comparing_note_gaps(&log->total, &result);
	return err->code ? forgive(log, commit, err) : 0;
}

static int show_commit(void *context, const struct history_commit *commit,
		       bool *stop, struct err *err)
{
	struct log *log = context;
	bool touched, failed, gone;

	log->any_seen = true;
	failed = is_touched(log, commit, &touched, err) < 0;
	if (failed && forgive(log, commit, err) < 0)
		return err->code;
	if ((touched || failed) && !log->ended) {
		if (show_header(log, commit, err) < 0 ||
		    (log->shows_changes && !failed &&
		     show_changes(log, commit, err) < 0))
			return err->code;
		log->shown++;
	}
	/* who reads may wait for it, or be gone */
	gone = fflush(stdout) == EOF;
	if (commit->cut_off)
		report_warning("the history is cut off at %.7s: what was there "
			       "before shows as new; to see more: git fetch "
			       "--unshallow",
			       commit->id);
	*stop = gone || log->ended || log->shown >= log->options->max_count;
	return 0;
}

/* What is to be said after the last commit. */
static int judge(struct log *log, struct err *err)
{
	if (!log->any_seen && repository_is_shallow(log->repository))
		report_warning("the history of this clone is cut off: to see "
			       "more: git fetch --unshallow");
	if (!log->any_seen)
		return committed_table_refuse(&log->table, &log->workspace,
					      log->id, log->revision, err);
	if (log->has_key && log->shown == 0 && !log->any_failed)
		report_warning("no commit up to '%s' has a row of table '%s' "
			       "with that key",
			       log->revision, log->table.name);
	if (log->any_failed)
		return err_set(err, D1_ERROR, "not all commits could be read");
	return comparing_refuse_gaps(&log->total, err);
}

static int walk(struct log *log, struct err *err)
{
	const struct row_wanted wanted = { .comparison = &log->comparison,
					   .table = log->table.name };
	struct actions_guard guard = { "" };
	bool begun;

	if (log->options->max_count == 0)
		return 0;
	if (log->has_key && row_versions_open(&log->versions, &wanted,
					      log->table.path, err) < 0)
		return err->code;
	view_begin_pager(&log->view, &log->workspace);
	if ((!view_is_whole(&log->view) &&
	     actions_guard_begin(&guard, stdout, err) < 0) ||
	    view_begin_document(&log->view, &begun, err) < 0)
		return err->code;
	(void)!history_walk(log->repository, log->id, log->table.path,
			    show_commit, log, err);
	view_end_document(&log->view, stdout, err);
	actions_guard_end(&guard, stdout);
	return err->code ? err->code : judge(log, err);
}

/* ---- what is asked for ---- */

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
	if (call->arguments.count == 1)
		log->revision = call->arguments.words[0];
	log->has_key = words->count == 2;
	log->shows_changes = log->has_key || log->options->patch ||
			     view_is_chosen(&log->options->view);
	if (view_check(&log->options->view, err) < 0 ||
	    (log->has_key &&
	     key_values_read(&log->key, words->words[1], err) < 0) ||
	    view_prepare(&log->view, &log->options->view, &log->workspace,
			 err) < 0 ||
	    workspace_repository(&log->workspace, &log->repository, err) < 0 ||
	    repository_commit(log->repository, log->id, log->revision, err) < 0)
		return err->code;
	log->silent = log->view;
	log->silent.silent = true;
	if (committed_table_find(&log->table, &log->workspace, log->id,
				 log->revision, words->words[0], err) < 0)
		return err->code;
	log->tables = (struct option_words){ &log->table.name, 1 };
	log->comparison = (struct commit_comparison){
		.workspace = &log->workspace,
		.repository = log->repository,
		.database = log->table.database,
		.folder = log->table.folder,
		.tables = &log->tables,
		.key = log->has_key ? &log->key : NULL,
	};
	return 0;
}

static int log_run(const struct invocation *call, struct err *err)
{
	static const struct workspace_options none = { .config = NULL };
	struct log log = { .options = call->options, .revision = "HEAD" };

	workspace_init(&log.workspace, &none);
	if (prepare(&log, call, err) == 0)
		(void)!walk(&log, err);
	row_versions_close(log.versions);
	key_values_release(&log.key);
	committed_table_release(&log.table);
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
