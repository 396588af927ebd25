#include "config.h"

#include "cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workspace/actions.h"
#include "workspace/commits.h"
#include "workspace/committed.h"
#include "workspace/report.h"

struct show_options {
	struct view_options view;
};

static const struct show_options show_defaults = { .view = VIEW_DEFAULTS };

static const struct option_spec show_specs[] = {
	VIEW_OPTIONS(struct show_options, view.), OPTION_END
};

static const char *const show_usage[] = {
	"git d1 show [<options>] [<commit>] [-- <table>...]", NULL
};

/* A call of the command while it runs. */
struct show {
	struct workspace workspace;
	const struct repository *repository;
	const char *revision;
	struct view view;
	const struct option_words *named; /* tables; empty: all */
	/* of the commit and its first parent */
	const char *ids[2]; /* NULL: there is no parent */
	struct committed_snapshots snapshots[2];
	struct comparison_result total; /* its gaps, of all databases */
};

/* A database, as the parent and the commit have it; NULL: not at all. */
struct committed_pair {
	const struct committed_snapshot *sides[2];
};

/* ---- databases ---- */

/* The next database of both commits after those at `at`; false at the end. */
static bool next_pair(const struct show *show, size_t at[2],
		      struct committed_pair *pair)
{
	const struct committed_snapshot *next[2];
	int order;

	for (int i = OLD; i <= NEW; i++)
		next[i] = at[i] < show->snapshots[i].count
				  ? &show->snapshots[i].list[at[i]]
				  : NULL;
	if (!next[OLD] && !next[NEW])
		return false;
	order = !next[OLD]   ? 1
		: !next[NEW] ? -1
			     : strcmp(next[OLD]->folder, next[NEW]->folder);
	pair->sides[OLD] = order <= 0 ? next[OLD] : NULL;
	pair->sides[NEW] = order >= 0 ? next[NEW] : NULL;
	at[OLD] += order <= 0;
	at[NEW] += order >= 0;
	return true;
}

static bool is_changed(const struct committed_pair *pair)
{
	const struct committed_snapshot *const *sides = pair->sides;

	return !sides[OLD] || !sides[NEW] ||
	       strcmp(sides[OLD]->id, sides[NEW]->id) != 0;
}

/* Tells whether one side at least has the table. */
static int pair_has(struct show *show, const struct committed_pair *pair,
		    const char *table, bool *has, struct err *err)
{
	*has = false;
	for (int i = OLD; i <= NEW && !*has; i++)
		if (pair->sides[i] &&
		    committed_snapshot_has(pair->sides[i], &show->workspace,
					   show->ids[i], table, has, err) < 0)
			return err->code;
	return 0;
}

/* Each table that was named must be in one of the databases. */
static int check_tables(struct show *show, struct err *err)
{
	for (size_t i = 0; i < show->named->count; i++) {
		const char *table = show->named->words[i];
		struct committed_pair pair;
		size_t at[2] = { 0, 0 };
		bool has = false;

		while (!has && next_pair(show, at, &pair))
			if (pair_has(show, &pair, table, &has, err) < 0)
				return err->code;
		if (!has)
			return err_set(err, D1_EUSAGE,
				       "neither '%s' nor its parent has a "
				       "table '%s' in a snapshot",
				       show->revision, table);
	}
	return 0;
}

/* Leaves in `tables` those of the named ones that the database has. */
static int choose_tables(struct show *show, const struct committed_pair *pair,
			 struct option_words *tables, struct err *err)
{
	for (size_t i = 0; i < show->named->count; i++) {
		bool has;

		if (pair_has(show, pair, show->named->words[i], &has, err) < 0)
			return err->code;
		if (has)
			tables->words[tables->count++] = show->named->words[i];
	}
	return 0;
}

/* ---- showing ---- */

static int compare_pair(struct show *show, const struct committed_pair *pair,
			const struct option_words *tables, struct err *err)
{
	const struct committed_snapshot *any =
		pair->sides[NEW] ? pair->sides[NEW] : pair->sides[OLD];
	const struct commit_comparison comparison = {
		.workspace = &show->workspace,
		.repository = show->repository,
		.database = any->name,
		.folder = any->folder,
		.view = &show->view,
		.tables = tables,
	};
	struct comparison_result result;

	if (commits_compare(&comparison, show->ids[OLD], show->ids[NEW], stdout,
			    &result, err) == 0)
		comparing_note_gaps(&show->total, &result);
	return err->code;
}

/* Shows what the commit did to one database. */
static int show_pair(struct show *show, const struct committed_pair *pair,
		     struct err *err)
{
	struct option_words tables = { NULL, 0 };

	tables.words = calloc(show->named->count + 1, sizeof(char *));
	if (!tables.words)
		return err_set_nomem(err);
	if (choose_tables(show, pair, &tables, err) == 0 &&
	    (show->named->count == 0 || tables.count > 0))
		(void)!compare_pair(show, pair, &tables, err);
	free(tables.words);
	return err->code;
}

static int show_pairs(struct show *show, struct err *err)
{
	struct committed_pair pair;
	size_t at[2] = { 0, 0 };
	bool first = !view_is_whole(&show->view);

	while (next_pair(show, at, &pair)) {
		if (!is_changed(&pair))
			continue;
		if (first)
			putchar('\n');
		first = false;
		if (show_pair(show, &pair, err) < 0)
			return err->code;
	}
	if (show->snapshots[OLD].count + show->snapshots[NEW].count == 0)
		report_hint("the commit holds no snapshot: git d1 snapshot "
			    "makes one");
	return 0;
}

static int find_snapshots(struct show *show,
			  const struct history_commit *commit, struct err *err)
{
	struct committed_pair pair;
	size_t at[2] = { 0, 0 }, count = 0;

	show->ids[OLD] = commit->nparents > 0 ? commit->parents[0] : NULL;
	show->ids[NEW] = commit->id;
	for (int i = OLD; i <= NEW; i++)
		if (show->ids[i] &&
		    committed_snapshots_find(&show->snapshots[i],
					     &show->workspace, show->ids[i],
					     show->revision, err) < 0)
			return err->code;
	while (next_pair(show, at, &pair))
		count++;
	show->view.with_database = count > 1;
	return check_tables(show, err);
}

/* The first commit of the walk is the one that is shown. */
static int show_commit(void *context, const struct history_commit *commit,
		       bool *stop, struct err *err)
{
	struct show *show = context;
	struct actions_guard guard = { "" };
	bool begun;

	*stop = true;
	if (find_snapshots(show, commit, err) < 0)
		return err->code;
	if (commit->cut_off)
		report_warning("the history is cut off here: all rows are "
			       "shown as new; to see more: git fetch "
			       "--unshallow");
	view_begin_pager(&show->view, &show->workspace);
	if ((!view_is_whole(&show->view) &&
	     actions_guard_begin(&guard, stdout, err) < 0) ||
	    view_begin_document(&show->view, &begun, err) < 0)
		return err->code;
	if (view_is_whole(&show->view) ||
	    commits_show(commit, &show->view, false, stdout, err) == 0)
		(void)!show_pairs(show, err);
	view_end_document(&show->view, stdout, err);
	actions_guard_end(&guard, stdout);
	return err->code;
}

static int show_run(const struct invocation *call, struct err *err)
{
	static const struct workspace_options none = { .config = NULL };
	const struct show_options *options = call->options;
	char id[OBJECT_ID_SIZE];
	struct show show = { .revision = "HEAD", .named = &call->after };

	if (call->arguments.count > 1)
		return err_set(err, D1_EUSAGE,
			       "show takes one commit; tables stand after --");
	if (call->arguments.count == 1)
		show.revision = call->arguments.words[0];
	workspace_init(&show.workspace, &none);
	if (view_check(&options->view, err) == 0 &&
	    view_prepare(&show.view, &options->view, &show.workspace, err) ==
		    0 &&
	    workspace_repository(&show.workspace, &show.repository, err) == 0 &&
	    repository_commit(show.repository, id, show.revision, err) == 0 &&
	    history_walk(show.repository, id, NULL, show_commit, &show, err) ==
		    0)
		(void)!comparing_refuse_gaps(&show.total, err);
	committed_snapshots_release(&show.snapshots[OLD]);
	committed_snapshots_release(&show.snapshots[NEW]);
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
