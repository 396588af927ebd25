#include "config.h"

#include "workspace/migrationview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/replay.h"
#include "workspace/sidefolder.h"

/* ---- what is meant ---- */

/* The revision whose migrations these are. */
static const char *revision_of(const struct migration_view *view,
			       const char *revision)
{
	const struct endpoint *endpoint = &view->side.endpoint;

	if (revision)
		return revision;
	return endpoint->kind == ENDPOINT_REVISION ? endpoint->revision
						   : "snapshot";
}

/* The history that counts is that of the commit, else of HEAD, if any. */
static int find_history(struct migration_view *view, const char *revision,
			struct err *err)
{
	const char *commit = strcmp(revision, "snapshot") ? revision : "HEAD";
	struct err unborn = ERR_INIT;

	if (workspace_repository(view->workspace, &view->repository, err) < 0) {
		if (err->code == D1_ENOTFOUND)
			err_clear(err);
		return err->code;
	}
	if (repository_commit(view->repository, view->commit, commit, &unborn) <
	    0)
		*view->commit = '\0';
	return 0;
}

/* A file belongs to no database by itself: to the only one of the project. */
static int find_database(struct migration_view *view, struct err *err)
{
	struct project *project = &view->workspace->project;

	if (workspace_project(view->workspace, err) < 0)
		return err->code;
	view->database = view->side.database;
	if (!view->database)
		(void)!project_find(&view->database, project, view->side.name,
				    NULL, err);
	return err->code;
}

static int find_files(struct migration_view *view, const char *name,
		      struct err *err)
{
	const struct project *project = &view->workspace->project;

	if (revision_find(&view->revision, name, view->repository, project,
			  view->database, err) < 0)
		return err->code;
	if (migrations_pattern(&view->pattern, project->wrangler.dir,
			       view->database->migrations_dir,
			       view->database->migrations_pattern, err) < 0)
		return err->code;
	return revision_list_migrations(&view->migrations, &view->files,
					&view->revision, project,
					view->database, err);
}

int migration_view_find_at(struct migration_view *view,
			   struct workspace *workspace, const char *endpoint,
			   const char *revision, struct err *err)
{
	memset(view, 0, sizeof(*view));
	view->workspace = workspace;
	if (workspace_resolve(workspace, &view->side, endpoint, err) < 0)
		return err->code;
	revision = revision_of(view, revision);
	if (find_history(view, revision, err) < 0 ||
	    find_database(view, err) < 0)
		return err->code;
	view->is_snapshot = side_is_snapshot(&view->side);
	return find_files(view, revision, err);
}

int migration_view_find(struct migration_view *view,
			struct workspace *workspace, const char *endpoint,
			struct err *err)
{
	return migration_view_find_at(view, workspace, endpoint, NULL, err);
}

int migration_view_find_target(struct migration_view *view,
			       struct workspace *workspace,
			       const struct option_words *words,
			       struct err *err)
{
	const char *word = words->count > 0 ? words->words[0] : "local";
	const struct database *database;
	struct err unknown = ERR_INIT;
	char *local = NULL;

	memset(view, 0, sizeof(*view));
	if (workspace_project(workspace, err) < 0)
		return err->code;
	if (words->count > 0 && !side_is_endpoint(word) &&
	    project_find(&database, &workspace->project, word, NULL,
			 &unknown) == 0) {
		if (asprintf(&local, "%s/local", word) < 0)
			return err_set_nomem(err);
		word = local;
	}
	if (migration_view_find(view, workspace, word, err) == 0 &&
	    view->is_snapshot)
		err_set(err, D1_EREFUSED,
			"migrations are applied to a database, and '%s' is a "
			"snapshot",
			view->side.label);
	free(local);
	return err->code;
}

/* ---- opening ---- */

/* The definitions of a snapshot are run in a database of our own. */
static int read_snapshot(struct migration_view *view, struct err *err)
{
	struct filetree *tree = NULL;
	struct replay *replay;

	if (side_open_snapshot(view->workspace, &view->side, &tree, err) < 0)
		return err_context(err, "%s", view->side.label);
	if (!tree)
		return side_refuse_missing(view->workspace, &view->side, err);
	if (replay_open(&replay, view->database->migrations_table, err) == 0 &&
	    replay_snapshot(replay, tree, view->side.label, err) == 0)
		(void)!replay_objects(replay, &view->live, err);
	replay_close(replay);
	filetree_close(tree);
	return err->code;
}

int migration_view_read(struct migration_view *view, struct err *err)
{
	ledger_release(&view->ledger);
	objects_release(&view->live);
	if (ledger_read(&view->ledger, view->source,
			view->database->migrations_table, err) < 0 ||
	    objects_read(&view->live, view->source, err) < 0)
		return err_context(err, "%s", view->side.label);
	return 0;
}

int migration_view_open(struct migration_view *view, struct err *err)
{
	if (view->is_snapshot)
		return read_snapshot(view, err);
	view->is_absent = side_is_absent(&view->side);
	if (view->is_absent)
		return 0;
	if (workspace_open(view->workspace, &view->side, &view->source, err) <
	    0)
		return err->code;
	return migration_view_read(view, err);
}

void migration_view_release(struct migration_view *view)
{
	objects_release(&view->live);
	ledger_release(&view->ledger);
	source_close(view->source);
	migrations_release(&view->migrations);
	free(view->pattern);
	filetree_close(view->files);
	revision_release(&view->revision);
	side_release(&view->side);
}

/* ---- drift ---- */

void migration_view_question(struct drift_question *question,
			     const struct migration_view *view)
{
	*question = (struct drift_question){
		.label = view->side.label,
		.database = view->database->name,
		.live = &view->live,
		.ledger = view->is_snapshot ? NULL : &view->ledger,
		.ledger_table = view->database->migrations_table,
		.migrations = &view->migrations,
		.files = view->files,
		.folder = view->revision.migrations_label,
	};
	if (!*view->commit || !view->revision.migrations_path)
		return;
	question->repository = view->repository;
	question->commit = view->commit;
	question->path = view->revision.migrations_path;
}
