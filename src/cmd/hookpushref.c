#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hookpush.h"
#include "git/tree.h"
#include "hooks/migrationcheck.h"
#include "migrate/files.h"
#include "util/quote.h"
#include "workspace/problems.h"
#include "workspace/report.h"
#include "workspace/sidecheck.h"

enum {
	SHOWN = 5, /* problems of a snapshot */
	MAX_LINE = 1 << 16,
};

/* ---- snapshots ---- */

struct shown {
	uint64_t count;
};

static void show_problem(void *context, const struct side_check *check,
			 const struct problem *problem)
{
	struct shown *shown = context;
	struct buf line;

	if (shown->count++ >= SHOWN)
		return;
	buf_init(&line, MAX_LINE);
	problems_add_line(&line, check->place.data, problem);
	report_line(line.data ? line.data : problem->message);
	buf_release(&line);
}

static int check_snapshot(struct hook_run *run, const char *name,
			  struct pushed_commit *commit, struct err *err)
{
	const char *id = commit->id;
	struct side side = { .endpoint = { .kind = ENDPOINT_REVISION } };
	struct side_check check = SIDE_CHECK_INIT(&run->workspace, &side);
	struct snapshot_findings findings = { .problems = 0 };
	struct err problem = ERR_INIT;
	struct shown shown = { 0 };
	const char *text = arena_format(&run->arena, "%s/%s", name, id);

	check.tell = show_problem;
	check.context = &shown;
	if (!text)
		err_set_nomem(err);
	else if (workspace_resolve(&run->workspace, &side, text, err) == 0) {
		/* as it is shown */
		side.endpoint.revision[SHORT_ID_SIZE] = '\0';
		(void)!side_check_run(&check, &findings, err);
	}
	if (!err->code && findings.problems > 0) {
		err_set(&problem, D1_ECONFLICT,
			"the snapshot of %s that is pushed has %llu problem%s",
			name, (unsigned long long)findings.problems,
			findings.problems == 1 ? "" : "s");
		err_hint(&problem,
			 "all of them: git d1 fsck %s/" SHORT_ID "\n"
			 "what needs no decision is mended by: git d1 snapshot "
			 "--normalize",
			 name, id);
		commit->is_bad = true;
		hook_run_block(run, &problem);
	}
	side_check_release(&check);
	side_release(&side);
	return err->code;
}

/* Settings that changed may ask for more than the files give. */
static int same_path(struct hook_run *run, const char *one, const char *other,
		     const char *path, bool *same, struct err *err)
{
	char ids[2][OBJECT_ID_SIZE];

	*same = false;
	if (!*other)
		return 0;
	if (commit_path_id(run->repository, ids[0], one, path, err) < 0 ||
	    commit_path_id(run->repository, ids[1], other, path, err) < 0)
		return err->code;
	*same = strcmp(ids[0], ids[1]) == 0;
	return 0;
}

static int check_snapshots(struct hook_run *run, struct pushed_commit *commit,
			   struct err *err)
{
	const char *theirs = *commit->theirs ? commit->theirs : commit->main;
	struct hook_names names = { .count = 0 };
	struct filetree *tree;
	bool same_rules, same;

	if (commit_tree_open(&tree, run->repository, commit->id, run->folder,
			     err) < 0)
		return err->code;
	(void)!hook_run_snapshots(run, &names, tree, err);
	filetree_close(tree);
	if (err->code || same_path(run, commit->id, theirs, ".d1config",
				   &same_rules, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		const char *folder = arena_format(&run->arena, "%s/%s",
						  run->folder, names.list[i]);

		if (!folder)
			return err_set_nomem(err);
		if (same_path(run, commit->id, theirs, folder, &same, err) <
			    0 ||
		    ((!same || !same_rules) &&
		     check_snapshot(run, names.list[i], commit, err) < 0))
			return err->code;
	}
	return 0;
}

/* ---- migrations ---- */

struct migration_run {
	struct hook_run *run;
	bool is_main; /* theirs is what others have applied */
	const struct migration_check *check;
};

/* Appends a blank and the path of a file in the folder, for a shell. */
static void add_file(struct buf *command, const char *dir, const char *name)
{
	struct buf path;

	buf_init(&path, MAX_LINE);
	buf_add_format(&path, "%s%s%s", dir, *dir ? "/" : "", name);
	buf_add_char(command, ' ');
	if (path.data)
		quote_add_shell(command, path.data);
	buf_release(&path);
}

static void hint_at_name(struct err *problem, const char *dir, const char *old,
			 const char *new)
{
	struct buf command;

	buf_init(&command, MAX_LINE);
	buf_add_string(&command, "git mv");
	add_file(&command, dir, old);
	add_file(&command, dir, new);
	if (command.data)
		err_hint(problem, "%s", command.data);
	buf_release(&command);
}

static void hint_at_contents(struct err *problem, const char *commit,
			     const char *dir, const char *name)
{
	struct buf command;

	buf_init(&command, MAX_LINE);
	buf_add_format(&command, "git checkout " SHORT_ID " --", commit);
	add_file(&command, dir, name);
	if (command.data)
		err_hint(problem,
			 "put it back with `%s`, and write the change as a new "
			 "migration",
			 command.data);
	buf_release(&command);
}

static int tell_migration(void *context,
			  const struct migration_finding *finding,
			  struct err *err)
{
	const struct migration_run *self = context;
	const char *dir = self->check->dir;
	struct err problem = ERR_INIT;

	(void)err;
	switch (finding->trouble) {
	case MIGRATION_EDITED:
		err_set(&problem, D1_ECONFLICT,
			"%s/%s was edited after it was pushed: who has applied "
			"it will not run it again",
			dir, finding->name);
		hint_at_contents(&problem, self->check->theirs, dir,
				 finding->name);
		break;
	case MIGRATION_RENAMED:
		err_set(&problem, D1_ECONFLICT,
			"%s/%s was called %s when it was pushed: who has "
			"applied it would run it again",
			dir, finding->name, finding->other);
		hint_at_name(&problem, dir, finding->name, finding->other);
		break;
	case MIGRATION_COLLIDING:
		err_set(&problem, D1_ECONFLICT,
			"%s/%s has the number of %s, which the remote branch "
			"has",
			dir, finding->name, finding->other);
		hint_at_name(&problem, dir, finding->name, finding->proposal);
		break;
	}
	if (self->is_main || finding->trouble == MIGRATION_COLLIDING)
		hook_run_block(self->run, &problem);
	else
		report_warning_err(&problem);
	return 0;
}

/* What both had before, "" if it is not known. */
static int find_base(const struct hook_run *run, char id[OBJECT_ID_SIZE],
		     const char *one, const char *other, struct err *err)
{
	const char *const argv[] = { "git", "merge-base", one, other, NULL };
	struct err unrelated = ERR_INIT;
	struct buf output;

	*id = '\0';
	buf_init(&output, MAX_LINE);
	if (repository_run(run->repository, argv, &output, &unrelated) < 0) {
		if (unrelated.code == D1_ENOMEM)
			err_set_nomem(err);
	} else if (output.len >= OBJECT_ID_SIZE) {
		memcpy(id, output.data, OBJECT_ID_SIZE - 1);
		id[OBJECT_ID_SIZE - 1] = '\0';
	}
	buf_release(&output);
	return err->code;
}

static int check_database(struct hook_run *run, const struct database *database,
			  struct migration_check *check, bool is_main,
			  struct err *err)
{
	struct migration_run self = { .run = run,
				      .is_main = is_main,
				      .check = check };
	char *pattern = NULL;
	bool same;

	if (hook_run_migrations(run, &check->dir, database, err) < 0 ||
	    !check->dir ||
	    same_path(run, check->ours, check->theirs, check->dir, &same, err) <
		    0 ||
	    same)
		return err->code;
	check->tell = tell_migration;
	check->context = &self;
	if (migrations_pattern(&pattern, run->workspace.project.wrangler.dir,
			       database->migrations_dir,
			       database->migrations_pattern, err) == 0) {
		check->pattern = pattern;
		(void)!migration_check_run(check, err);
	}
	check->pattern = NULL;
	check->context = NULL;
	free(pattern);
	return err->code;
}

/* Databases may share a folder of migrations. */
static bool seen_before(const struct project *project, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(project->databases[i].migrations_dir,
			   project->databases[j].migrations_dir) == 0)
			return true;
	return false;
}

static int check_migrations(struct hook_run *run, const char *ours,
			    const char *theirs, bool is_main, struct err *err)
{
	const struct project *project = &run->workspace.project;
	char base[OBJECT_ID_SIZE];

	if (!*theirs || !hook_run_has_project(run) ||
	    find_base(run, base, ours, theirs, err) < 0)
		return err->code;
	for (size_t i = 0; i < project->count && !err->code; i++) {
		struct migration_check check = {
			.repository = run->repository,
			.ours = ours,
			.theirs = theirs,
			.base = *base ? base : NULL,
		};

		if (!seen_before(project, i))
			(void)!check_database(run, &project->databases[i],
					      &check, is_main, err);
	}
	return err->code;
}

/*
 * What is in the remote's main branch counts as applied. On another branch
 * migrations may still be changed, by those who know who has tried them.
 */
int hook_push_check(struct hook_run *run, struct pushed_commit *commit,
		    struct err *err)
{
	if ((!commit->is_bad && check_snapshots(run, commit, err) < 0) ||
	    check_migrations(run, commit->id, commit->main, true, err) < 0 ||
	    run->blocked || strcmp(commit->theirs, commit->main) == 0)
		return err->code;
	return check_migrations(run, commit->id, commit->theirs,
				commit->is_main, err);
}
