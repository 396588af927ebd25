#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/select.h"
#include "workspace/actions.h"
#include "workspace/comparing.h"
#include "workspace/report.h"
#include "workspace/spool.h"

struct diff_options {
	struct view_options view;
	bool cached, reverse;
	const char *where, *key;
	bool exit_code, quiet;
	struct workspace_options workspace;
};

static const struct diff_options diff_defaults = { .view = VIEW_DEFAULTS };

static const struct option_spec diff_specs[] = {
	VIEW_OPTIONS(struct diff_options, view.),
	OPTION_FLAG(0, "cached", struct diff_options, cached,
		    "compare a revision (HEAD) with the index"),
	OPTION_FLAG('R', NULL, struct diff_options, reverse, "swap the sides"),
	OPTION_STRING(0, "where", struct diff_options, where, "expr",
		      "compare only rows for which <expr> is true"),
	OPTION_STRING(0, "key", struct diff_options, key, "value",
		      "compare only the row with this key"),
	WORKSPACE_PROGRESS(struct diff_options, workspace.),
	WORKSPACE_OPTIONS(struct diff_options, workspace.),
	OPTION_FLAG(0, "exit-code", struct diff_options, exit_code,
		    "exit with 1 if there are differences"),
	OPTION_FLAG(0, "quiet", struct diff_options, quiet,
		    "show nothing; implies --exit-code"),
	OPTION_END
};

static const char *const diff_usage[] = {
	"git d1 diff [<options>] [<endpoint> [<endpoint>]] [-- <table>...]",
	NULL
};

/* A call of the command while it runs. */
struct diff {
	const struct diff_options *options;
	struct workspace workspace;
	struct side sides[2];
	struct key_values key;
	struct view view;
	struct comparing comparing;
};

/* ---- what is asked for ---- */

static int check_options(const struct diff_options *options, struct err *err)
{
	if (view_check(&options->view, err) < 0)
		return err->code;
	if (options->where)
		return select_check_expression(options->where, err);
	return 0;
}

static int resolve_sides(struct diff *diff, const struct option_words *words,
			 struct err *err)
{
	bool cached = diff->options->cached;
	const char *texts[2] = { cached ? "HEAD" : "remote",
				 cached ? "index" : "local" };
	size_t most = cached ? 1 : 2;

	if (words->count > most)
		return err_set(err, D1_EUSAGE,
			       cached ? "--cached compares one revision with "
					"the index; tables stand after --"
				      : "at most two endpoints can be "
					"compared; tables stand after --");
	for (size_t i = 0; i < words->count; i++)
		texts[i] = words->words[i];
	if (diff->options->reverse) {
		const char *swap = texts[OLD];

		texts[OLD] = texts[NEW];
		texts[NEW] = swap;
	}
	return workspace_resolve_both(&diff->workspace, diff->sides, texts,
				      err);
}

/* ---- comparing ---- */

/*
 * A remote database may change while it is read, and then rows of different
 * moments would be shown as one difference. So what is found goes to a file
 * outside memory first; if the database moved, it is read once more.
 */
static int compare_remote(struct diff *diff, struct err *err)
{
	bool same = false;

	for (int attempt = 0; attempt < 2 && !same; attempt++) {
		FILE *spool;

		if (spool_open(&spool, err) < 0)
			return err->code;
		if (comparing_run(&diff->comparing, spool, &same, err) == 0 &&
		    (same || attempt == 1))
			(void)!spool_copy(spool, stdout, err);
		if (spool_close(spool, err) < 0)
			return err->code;
	}
	if (!same)
		report_warning("the database changed while it was read, twice: "
			       "the rows shown may be of different moments");
	return 0;
}

static int run_comparison(struct diff *diff, struct err *err)
{
	struct actions_guard guard = { "" };
	bool same;

	if (view_shows_values(&diff->view) &&
	    actions_guard_begin(&guard, stdout, err) < 0)
		return err->code;
	if (diff->sides[OLD].remote_id || diff->sides[NEW].remote_id)
		(void)!compare_remote(diff, err);
	else
		(void)!comparing_run(&diff->comparing, stdout, &same, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

/* What a snapshot does not speak of. */
static int hint_at_untracked(struct diff *diff, struct err *err)
{
	const struct comparison_result *result = &diff->comparing.result;
	bool wanted = true;

	if (result->untracked == 0 || diff->options->quiet)
		return 0;
	if (git_config_bool(&diff->workspace.git, "advice.d1Untracked", &wanted,
			    err) < 0)
		return err->code;
	if (wanted)
		report_hint("%llu table%s not in the snapshot %s and %s not "
			    "compared: %s",
			    (unsigned long long)result->untracked,
			    result->untracked == 1 ? " is" : "s are",
			    diff->sides[diff->comparing.partial].label,
			    result->untracked == 1 ? "was" : "were",
			    result->untracked_names);
	return 0;
}

/* What can be compared without a token. */
static void hint_at_head(struct diff *diff, struct err *err)
{
	struct err none = ERR_INIT;
	struct side side;
	size_t used;

	if (workspace_resolve(&diff->workspace, &side, "HEAD", &none) == 0 &&
	    side_has_snapshot(&diff->workspace, &side)) {
		used = strlen(err->hint);
		snprintf(err->hint + used, sizeof(err->hint) - used,
			 "%swithout a token, `git d1 diff HEAD` compares the "
			 "snapshot in HEAD with the local database",
			 used ? "\n" : "");
	}
	side_release(&side);
}

static int judge(const struct diff *diff, struct err *err)
{
	const struct comparison_result *result = &diff->comparing.result;

	if (comparing_refuse_gaps(result, err) < 0)
		return err->code;
	if (diff->options->key && result->differences == 0 &&
	    result->unchanged == 0)
		report_warning("no side has a row with the key %s",
			       diff->options->key);
	if ((diff->options->exit_code || diff->options->quiet) &&
	    (result->differences > 0 || result->schema_differences > 0))
		return EXIT_DIFFERENT;
	return EXIT_FINE;
}

/* Reads the options, and finds out what is compared and how it is shown. */
static int prepare(struct diff *diff, const struct invocation *call,
		   struct err *err)
{
	const struct diff_options *options = diff->options;

	if (check_options(options, err) < 0 ||
	    (options->key &&
	     key_values_read(&diff->key, options->key, err) < 0) ||
	    resolve_sides(diff, &call->arguments, err) < 0 ||
	    view_prepare(&diff->view, &options->view, &diff->workspace, err) <
		    0)
		return err->code;
	diff->view.quiet = options->quiet;
	diff->comparing = (struct comparing){
		.workspace = &diff->workspace,
		.sides = diff->sides,
		.view = &diff->view,
		.tables = &call->after,
		.key = options->key ? &diff->key : NULL,
		.where = options->where,
	};
	return 0;
}

static int diff_run(const struct invocation *call, struct err *err)
{
	const struct diff_options *options = call->options;
	struct diff diff = { .options = options };
	int code = D1_ERROR;

	workspace_init(&diff.workspace, &options->workspace);
	if (prepare(&diff, call, err) < 0)
		goto out;
	if (diff.view.quiet)
		progress_quiet();
	view_begin_pager(&diff.view, &diff.workspace);
	if (run_comparison(&diff, err) == 0 &&
	    hint_at_untracked(&diff, err) == 0)
		code = judge(&diff, err);
	else if (err->code == D1_EAUTH && call->arguments.count == 0)
		hint_at_head(&diff, err);
out:
	if (err->code)
		code = err->code;
	key_values_release(&diff.key);
	side_release(&diff.sides[OLD]);
	side_release(&diff.sides[NEW]);
	workspace_release(&diff.workspace);
	return code;
}

const struct command command_diff = {
	.name = "diff",
	.summary = "show the rows that differ between two databases",
	.usage = diff_usage,
	.specs = diff_specs,
	.defaults = &diff_defaults,
	.options_size = sizeof(diff_defaults),
	.run = diff_run,
};
