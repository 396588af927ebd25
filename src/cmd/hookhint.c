#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hookmove.h"
#include "util/file.h"
#include "util/quote.h"
#include "workspace/recordhistory.h"
#include "workspace/report.h"

enum { MAX_INPUT = 1 << 24, MAX_LINE = 1 << 16 };

/* What changed of a database, by the lines of `git diff --numstat -z`. */
struct news {
	const struct database *database; /* NULL: there is no project */
	const char *folder;		 /* of the snapshot, with a slash */
	const char *migrations;		 /* likewise; NULL: none */
	uint64_t tables, rows;
	uint64_t changed_migrations;
};

/* All databases. */
struct news_list {
	struct news *items;
	size_t count;
};

/* ---- of which databases ---- */

static int add_news(struct news_list *list, struct hook_run *run,
		    const struct database *database, struct err *err)
{
	struct news *news = &list->items[list->count++];
	const char *migrations = NULL;

	news->database = database;
	if (database &&
	    hook_run_migrations(run, &migrations, database, err) < 0)
		return err->code;
	if (migrations)
		news->migrations = arena_format(&run->arena, "%s/", migrations);
	news->folder = arena_format(&run->arena, "%s/%s", run->folder,
				    database ? database->name : "");
	if (news->folder && database)
		news->folder = arena_format(&run->arena, "%s/", news->folder);
	return news->folder && (!migrations || news->migrations)
		       ? 0
		       : err_set_nomem(err);
}

static int list_databases(struct news_list *list, struct hook_run *run,
			  struct err *err)
{
	struct project *project = &run->workspace.project;
	size_t count = hook_run_has_project(run) ? project->count : 0;

	list->count = 0;
	list->items = arena_array(&run->arena, count + 1, sizeof(*list->items));
	if (!list->items)
		return err_set_nomem(err);
	memset(list->items, 0, (count + 1) * sizeof(*list->items));
	for (size_t i = 0; i < count; i++) {
		const struct database *database;

		if (project_at(&database, project, i, err) < 0 ||
		    (database && add_news(list, run, database, err) < 0))
			return err->code;
	}
	return hook_run_has_project(run) ? 0 : add_news(list, run, NULL, err);
}

/* ---- what changed ---- */

static bool is_below(const char *path, const char *folder)
{
	return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* A row that changes is a line less and a line more. */
static void count_line(struct news *news, const char *line)
{
	uint64_t added = strtoull(line, NULL, 10), removed = 0;
	const char *path = strchr(line, '\t');

	if (path) {
		removed = strtoull(path + 1, NULL, 10);
		path = strchr(path + 1, '\t');
	}
	if (!path++)
		return;
	if (is_below(path, news->folder)) {
		if (!strstr(path + strlen(news->folder) - 1, "/data/"))
			return;
		news->tables++;
		news->rows += added > removed ? added : removed;
	} else {
		news->changed_migrations += is_below(path, news->migrations);
	}
}

static int count_news(const struct hook_move *move, struct news_list *list,
		      struct err *err)
{
	const struct hook_run *run = move->run;
	const char **argv = calloc(run->npaths + 10, sizeof(*argv));
	struct buf output;
	size_t n = 0;

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
			for (size_t i = 0; i < list->count; i++)
				count_line(&list->items[i], output.data + at);
	free(argv);
	buf_release(&output);
	return err->code;
}

/* A commit of rows that came from the database has nothing for it. */
static int drop_known(const struct hook_move *move, struct news *news,
		      struct err *err)
{
	const struct hook_run *run = move->run;
	const struct database *database = news->database;
	struct revision now = { .name = NULL };
	char ref[RECORD_REF_SIZE];
	bool known = false;

	if (news->tables == 0 || !database ||
	    !file_exists(database->local_path))
		return 0;
	if (record_ref(ref, database->local_path, err) == 0 &&
	    revision_find(&now, move->now, run->repository,
			  &run->workspace.project, database, err) == 0 &&
	    record_is_of(&known, ref, &now, err) == 0 && known)
		news->tables = news->rows = 0;
	revision_release(&now);
	return err->code;
}

/* ---- one line ---- */

static int add_command(struct buf *line, struct hook_run *run,
		       const struct news *news, struct err *err)
{
	const char *command;

	if (news->tables == 0) {
		buf_add_string(line, "git d1 migrations apply");
		if (run->workspace.project.count > 1) {
			buf_add_char(line, ' ');
			quote_add_shell(line, news->database->name);
		}
		return 0;
	}
	command = hook_run_restore(run, news->database);
	if (!command)
		return err_set_nomem(err);
	buf_add_string(line, command);
	return 0;
}

static int tell(struct hook_run *run, const struct news_list *list,
		struct err *err)
{
	struct news all = { .tables = 0 };
	const char *before = "; run ";
	struct buf line;

	buf_init(&line, MAX_LINE);
	for (size_t i = 0; i < list->count; i++) {
		const struct news *news = &list->items[i];

		all.tables += news->tables;
		all.rows += news->rows;
		all.changed_migrations += news->changed_migrations;
	}
	if (all.tables > 0)
		buf_add_format(&line,
			       "snapshot changed: %" PRIu64 " table%s, %" PRIu64
			       " row%s",
			       all.tables, all.tables == 1 ? "" : "s", all.rows,
			       all.rows == 1 ? "" : "s");
	else
		buf_add_format(&line, "%" PRIu64 " migration%s changed",
			       all.changed_migrations,
			       all.changed_migrations == 1 ? "" : "s");
	for (size_t i = 0; i < list->count && !err->code; i++) {
		const struct news *news = &list->items[i];

		if (news->tables + news->changed_migrations == 0)
			continue;
		buf_add_string(&line, before);
		before = " && ";
		(void)!add_command(&line, run, news, err);
	}
	if (all.tables + all.changed_migrations > 0 && !err->code &&
	    buf_check(&line, "a hint", err) == 0)
		report_hint("%s", line.data);
	buf_release(&line);
	return err->code;
}

int hook_hint(const struct hook_move *move, struct err *err)
{
	struct hook_run *run = move->run;
	struct news_list list;

	if (!*move->before || list_databases(&list, run, err) < 0 ||
	    count_news(move, &list, err) < 0)
		return err->code;
	for (size_t i = 0; i < list.count; i++)
		if (drop_known(move, &list.items[i], err) < 0)
			return err->code;
	return tell(run, &list, err);
}
