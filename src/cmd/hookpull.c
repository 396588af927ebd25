#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hookrun.h"
#include "cmd/restoration.h"
#include "util/file.h"
#include "util/path.h"
#include "workspace/report.h"

enum {
	MAX_INPUT = 1 << 24,
	MAX_LINE = 1 << 16,
	SHOWN = 20, /* lines of rows in conflict */
};

/* HEAD has moved. */
struct move {
	struct hook_run *run;
	char before[OBJECT_ID_SIZE]; /* "": there was none, or it is unknown */
	char now[OBJECT_ID_SIZE];
};

/* ---- one hint line ---- */

/* Tables and rows of which lines of `git diff --numstat -z` tell. */
struct news {
	uint64_t tables, rows, migrations;
};

static bool is_data(const char *path)
{
	return strstr(path, "/data/") != NULL;
}

/* A row that changes is a line less and a line more. */
static void count_line(struct news *news, const char *line, const char *folder)
{
	size_t length = strlen(folder);
	uint64_t added = strtoull(line, NULL, 10), removed = 0;
	const char *path = strchr(line, '\t');

	if (path) {
		removed = strtoull(path + 1, NULL, 10);
		path = strchr(path + 1, '\t');
	}
	if (!path)
		return;
	path++;
	if (strncmp(path, folder, length) != 0 || path[length] != '/') {
		news->migrations += strcmp(path, ".d1config") != 0;
	} else if (is_data(path)) {
		news->tables++;
		news->rows += added > removed ? added : removed;
	}
}

static int count_news(const struct move *move, struct news *news,
		      struct err *err)
{
	const struct hook_run *run = move->run;
	const char **argv = calloc(run->npaths + 10, sizeof(*argv));
	struct buf output;
	size_t n = 0;

	*news = (struct news){ .rows = 0 };
	buf_init(&output, MAX_INPUT);
	if (!argv)
		return err_set_nomem(err);
	argv[n++] = "git";
	argv[n++] = "diff-tree";
	argv[n++] = "-r";
	argv[n++] = "-z";
	argv[n++] = "--no-renames";
	argv[n++] = "--numstat";
	argv[n++] = move->before;
	argv[n++] = move->now;
	argv[n++] = "--";
	for (size_t i = 0; i < run->npaths; i++)
		argv[n++] = run->paths[i];
	if (repository_run(run->repository, argv, &output, err) == 0)
		for (size_t at = 0; at < output.len;
		     at += strlen(output.data + at) + 1)
			count_line(news, output.data + at, run->folder);
	free(argv);
	buf_release(&output);
	return err->code;
}

static int hint(const struct move *move, struct err *err)
{
	struct news news;

	if (!*move->before || count_news(move, &news, err) < 0)
		return err->code;
	if (news.tables > 0)
		report_hint("snapshot changed: %" PRIu64 " table%s, %" PRIu64
			    " row%s; run git d1 restore",
			    news.tables, news.tables == 1 ? "" : "s", news.rows,
			    news.rows == 1 ? "" : "s");
	else if (news.migrations > 0)
		report_hint("%" PRIu64 " migration%s changed; run git d1 "
			    "restore, or wrangler d1 migrations apply --local",
			    news.migrations, news.migrations == 1 ? "" : "s");
	return 0;
}

/* ---- carrying the changes over ---- */

static void show_listing(FILE *listing)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int shown = 0;

	rewind(listing);
	while (shown++ < SHOWN &&
	       (length = getline(&line, &size, listing)) > 0) {
		line[length - 1] = '\0';
		report_line(line);
	}
	free(line);
}

static void add_count(struct buf *line, uint64_t count, const char *one,
		      const char *more)
{
	bool first = line->len > 0 && line->data[line->len - 1] == ':';

	if (count > 0)
		buf_add_format(line, "%s%" PRIu64 " %s", first ? " " : ", ",
			       count, count == 1 ? one : more);
}

/* One line a database. */
static void tell(const struct restoration *restoration)
{
	const struct changes *changes = restoration->changes;
	uint64_t counts[3] = { 0 }, kept = 0;
	struct buf line;

	for (size_t i = 0; i < restoration->nrestored; i++) {
		const struct restored_table *table = &restoration->restored[i];

		counts[CHANGE_INSERT] += table->rows;
		kept += table->kept;
		for (int op = 0; table->compared && op < 3; op++)
			counts[op] += changes_count(changes, table->changes,
						    (enum change_op)op);
	}
	if (restoration_is_empty(restoration))
		return;
	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "%s:", restoration->label);
	add_count(&line, restoration->applied, "migration applied",
		  "migrations applied");
	add_count(&line, counts[CHANGE_INSERT], "inserted", "inserted");
	add_count(&line, counts[CHANGE_UPDATE], "updated", "updated");
	add_count(&line, counts[CHANGE_DELETE], "deleted", "deleted");
	add_count(&line, kept, "local change kept", "local changes kept");
	if (line.data)
		report_line(line.data);
	buf_release(&line);
}

static int carry_out(struct restoration *restoration, struct err *err)
{
	if (restoration_begin(restoration, err) < 0 ||
	    restoration_define(restoration, err) < 0 ||
	    restoration_plan(restoration, err) < 0 ||
	    restoration_write(restoration, err) < 0)
		return err->code;
	return restoration_keep(restoration, err);
}

/* Rows in conflict, and what else is in the way, leave the database alone. */
static int report_trouble(struct restoration *restoration, struct err *err)
{
	if (err->code == D1_ENOMEM)
		return err->code;
	if (restoration->listing &&
	    (err->code == D1_ECONFLICT || err->code == D1_EREFUSED))
		show_listing(restoration->listing);
	if (err->code != D1_EUNPLANNED)
		err_context(err, "%s stays as it is", restoration->label);
	report_warning_err(err);
	err_clear(err);
	return 0;
}

static int carry(struct move *move, const struct database *database,
		 struct err *err)
{
	static const struct option_words all = { NULL, 0 };
	struct hook_run *run = move->run;
	const struct project *project = &run->workspace.project;
	struct revision now = { .name = NULL }, before = { .name = NULL };
	struct restoration restoration = {
		.path = database->local_path,
		.label = arena_format(&run->arena, "%s/local", database->name),
		.project = project,
		.database = database,
		.revision = &now,
		.repository = run->repository,
		.tables = &all,
	};
	struct filetree *tree = NULL;

	if (!restoration.label)
		return err_set_nomem(err);
	if (revision_find(&now, move->now, run->repository, project, database,
			  err) < 0 ||
	    (*move->before &&
	     revision_find(&before, move->before, run->repository, project,
			   database, err) < 0))
		goto out;
	if (revision_open_snapshot(&tree, &now, err) < 0) {
		if (err->code == D1_ENOTFOUND)
			err_clear(err); /* this one is not kept in git */
		goto out;
	}
	filetree_close(tree);
	restoration.before = *move->before ? &before : NULL;
	now.name = "HEAD";
	if (carry_out(&restoration, err) == 0)
		tell(&restoration);
	else
		(void)!report_trouble(&restoration, err);
	restoration_end(&restoration);
out:
	revision_release(&now);
	revision_release(&before);
	return err->code;
}

/* What a clone brings along must not lead out of the worktree. */
static int check_path(const struct project *project,
		      const struct database *database, struct err *err)
{
	const char *top = project->options.worktree;

	if (!top || !path_is_inside(top, database->local_path))
		return 0;
	return path_check_inside(top, database->local_path,
				 "the local database", err);
}

/* A database that is not there is made by people, who then know of it. */
static int carry_all(struct move *move, struct err *err)
{
	struct project *project = &move->run->workspace.project;
	size_t carried = 0;

	if (hook_run_lock(move->run, err) < 0)
		return err->code;
	for (size_t i = 0; i < project->count; i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0)
			return err->code;
		if (!database || !file_exists(database->local_path))
			continue;
		carried++;
		if (check_path(project, database, err) < 0 ||
		    carry(move, database, err) < 0)
			return err->code;
	}
	return carried > 0 ? 0 : hint(move, err);
}

static int follow(struct move *move, struct err *err)
{
	struct hook_run *run = move->run;
	bool same = false;

	if (*move->before &&
	    hook_run_same(run, move->before, move->now, &same, err) < 0)
		return err->code;
	if (same)
		return 0;
	return run->settings.auto_pull && hook_run_has_project(run)
		       ? carry_all(move, err)
		       : hint(move, err);
}

/* ---- the events ---- */

/* The commit that a ref or an id names; "" if there is none, as for zeros. */
static void find_commit(const struct move *move, char id[OBJECT_ID_SIZE],
			const char *revision)
{
	struct err none = ERR_INIT;

	*id = '\0';
	if (revision[strspn(revision, "0")] &&
	    repository_commit(move->run->repository, id, revision, &none) < 0)
		*id = '\0';
}

static int open_move(struct move *move, struct hook_run *run, struct err *err)
{
	*move = (struct move){ .run = run };
	if (hook_run_open(run, err) < 0)
		return err->code;
	return repository_ref(run->repository, move->now, "HEAD", err);
}

/* What git gives as arguments, the pre-commit framework puts into variables. */
static const char *argument(const struct hook_run *run, size_t place,
			    const char *variable)
{
	const char *value = run->arguments.count > place
				    ? run->arguments.words[place]
				    : getenv(variable);

	return value ? value : "";
}

/* The argument tells that a merge was squashed: HEAD has not moved. */
int hook_post_merge(struct hook_run *run, struct err *err)
{
	const char *squashed = argument(run, 0, "PRE_COMMIT_IS_SQUASH_MERGE");
	struct move move;

	if (strcmp(squashed, "1") == 0)
		return 0;
	if (open_move(&move, run, err) < 0 || !*move.now)
		return err->code;
	find_commit(&move, move.before, "ORIG_HEAD");
	return follow(&move, err);
}

/* True if the list of a rebase names commits that are still to be picked. */
static bool has_work(const struct buf *todo)
{
	for (const char *at = todo->data; at && *at;) {
		size_t size = strcspn(at, "\n");

		if (size > 0 && *at != '#' && strncmp(at, "noop", 4) != 0)
			return true;
		at += size + (at[size] == '\n');
	}
	return false;
}

/*
 * In the middle of a rebase, which ends with post-rewrite; but not if it has
 * only moved on to what others did.
 */
static bool is_rebasing(const struct repository *repository)
{
	char *path = path_resolve(repository->git_dir,
				  "rebase-merge/git-rebase-todo");
	struct err none = ERR_INIT;
	struct buf todo;
	bool rebasing;

	buf_init(&todo, MAX_INPUT);
	rebasing = path && file_read(&todo, path, 0, &none) == 0 &&
		   has_work(&todo);
	buf_release(&todo);
	free(path);
	return rebasing;
}

int hook_post_checkout(struct hook_run *run, struct err *err)
{
	const char *before = argument(run, 0, "PRE_COMMIT_FROM_REF");
	const char *now = argument(run, 1, "PRE_COMMIT_TO_REF");
	const char *moved = argument(run, 2, "PRE_COMMIT_CHECKOUT_TYPE");
	struct move move;

	if (strcmp(moved, "1") != 0 || strcmp(before, now) == 0)
		return 0;
	if (open_move(&move, run, err) < 0 || !*move.now ||
	    is_rebasing(run->repository))
		return err->code;
	find_commit(&move, move.before, before);
	return follow(&move, err);
}

/* The last line is of the commit that is HEAD now: "<before> <now> [..]". */
static int read_rewritten(struct move *move, struct err *err)
{
	struct buf input;
	const char *last;

	buf_init(&input, MAX_INPUT);
	if (hook_read_input(&input, err) < 0 || input.len == 0)
		goto out;
	last = input.data;
	for (const char *at = last; *at; at++)
		if (*at == '\n' && at[1])
			last = at + 1;
	if (strcspn(last, " ") == OBJECT_ID_SIZE - 1 &&
	    strncmp(last + OBJECT_ID_SIZE, move->now, OBJECT_ID_SIZE - 1) ==
		    0) {
		char id[OBJECT_ID_SIZE];

		memcpy(id, last, OBJECT_ID_SIZE - 1);
		id[OBJECT_ID_SIZE - 1] = '\0';
		find_commit(move, move->before, id);
	}
out:
	buf_release(&input);
	return err->code;
}

int hook_post_rewrite(struct hook_run *run, struct err *err)
{
	struct move move;

	if (open_move(&move, run, err) < 0 || !*move.now ||
	    read_rewritten(&move, err) < 0)
		return err->code;
	if (!*move.before)
		find_commit(&move, move.before, "ORIG_HEAD");
	return follow(&move, err);
}
