#include "config.h"

#include "workspace/sidecheck.h"

#include <stdlib.h>
#include <string.h>

#include "config/tablesettings.h"
#include "git/tree.h"
#include "util/path.h"

enum { MAX_CONFIG = 1 << 20, MAX_TEXT = 1 << 16 };

/* ---- which rules hold ---- */

static int rules_of(void *context, const char *table,
		    const struct pair_rules **rules, struct err *err)
{
	struct side_check *check = context;

	return table_choice_rules(&check->choice, table, rules, err);
}

static bool is_tracked(void *context, const char *table)
{
	const struct side_check *check = context;

	return d1config_tracks_table(check->choice.config,
				     check->choice.database, table);
}

static int read_config(struct side_check *check, struct stream *stream,
		       struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_CONFIG);
	if (stream_read_all(stream, &text, ".d1config", err) == 0) {
		check->has_config = true;
		(void)!d1config_read(&check->config, text.data, text.len,
				     ".d1config", &check->workspace->git, err);
	}
	buf_release(&text);
	return err->code;
}

/*
 * The settings that were committed, or added, with the rows: older rows were
 * written by older rules. *stream is NULL if there are none.
 */
static int open_config(struct side_check *check, struct stream **stream,
		       struct err *err)
{
	const struct repository *repository;
	struct filetree *tree;
	bool is_index = check->side->endpoint.kind == ENDPOINT_INDEX;

	*stream = NULL;
	if (workspace_repository(check->workspace, &repository, err) < 0)
		return err->code;
	if (is_index ? index_tree_open(&tree, repository, "", err) < 0
		     : commit_tree_open(&tree, repository, check->side->id, "",
					err) < 0)
		return err->code;
	if (filetree_open(tree, ".d1config", stream, err) == D1_ENOTFOUND)
		err_clear(err);
	filetree_close(tree);
	return err->code;
}

static int find_config(struct side_check *check, struct err *err)
{
	struct workspace *workspace = check->workspace;
	struct stream *stream = NULL;

	if ((check->side->endpoint.kind == ENDPOINT_INDEX ||
	     check->side->endpoint.kind == ENDPOINT_REVISION) &&
	    open_config(check, &stream, err) < 0)
		return err->code;
	if (stream) {
		(void)!read_config(check, stream, err);
		stream_close(stream);
		check->choice.config = &check->config;
		return err->code;
	}
	return workspace_settings(workspace, &check->choice.config, err);
}

/* The database whose snapshot is in that folder, or NULL. */
static const struct database *database_at(struct workspace *workspace,
					  const char *folder)
{
	const struct project *project = &workspace->project;
	const struct database *found = NULL;
	struct err err = ERR_INIT;
	char *real = realpath(folder, NULL);

	if (!real || workspace_project(workspace, &err) < 0)
		goto out;
	for (size_t i = 0; i < project->count && !found; i++) {
		char *dir;

		if (project_snapshot_dir(&dir, project, &project->databases[i],
					 &err) < 0) {
			err_clear(&err);
			continue;
		}
		if (strcmp(dir, real) == 0)
			found = &project->databases[i];
		free(dir);
	}
out:
	free(real);
	return found;
}

/* Sets *known if the rules of the snapshot are known. */
static int find_rules(struct side_check *check, bool *known, struct err *err)
{
	static const struct option_words all = { NULL, 0 };
	struct workspace *workspace = check->workspace;
	struct side *side = check->side;

	check->choice.named = &all;
	check->choice.database = side->name;
	*known = true;
	if (side->endpoint.kind == ENDPOINT_FILE) {
		const struct database *database =
			database_at(workspace, side->endpoint.path);

		*known = database != NULL;
		if (!database)
			return 0;
		check->choice.database = database->name;
	}
	if (workspace_git(workspace, err) < 0 ||
	    workspace_mask_key(workspace, &check->choice.mask_key, err) < 0)
		return err->code;
	return find_config(check, err);
}

/* ---- one snapshot ---- */

/* "d1/shop", ":d1/shop", "HEAD:d1/shop", or the path of a folder. */
static int name_snapshot(struct side_check *check, struct err *err)
{
	const struct side *side = check->side;
	const char *top = check->workspace->worktree;
	const char *path = side->folder;
	size_t size;

	if (side->endpoint.kind == ENDPOINT_FILE)
		path = side->endpoint.path;
	else if (side->endpoint.kind == ENDPOINT_SNAPSHOT && top &&
		 path_is_inside(top, path) && path[strlen(top)])
		path += strlen(top) + 1;
	size = strlen(path);
	while (size > 1 && path[size - 1] == '/')
		size--;
	if (side->endpoint.kind == ENDPOINT_REVISION)
		buf_add_string(&check->shown, side->endpoint.revision);
	if (side->endpoint.kind == ENDPOINT_REVISION ||
	    side->endpoint.kind == ENDPOINT_INDEX)
		buf_add_char(&check->shown, ':');
	buf_add(&check->shown, path, size);
	buf_add(&check->place, check->shown.data, check->shown.len);
	if (size > 0)
		buf_add_char(&check->place, '/');
	if (buf_check(&check->shown, "a path", err) < 0)
		return err->code;
	return buf_check(&check->place, "a path", err);
}

static void tell(void *context, const struct problem *problem)
{
	const struct side_check *check = context;

	check->tell(check->context, check, problem);
}

int side_check_run(struct side_check *check, struct snapshot_findings *findings,
		   struct err *err)
{
	struct snapshot_checking checking = { .tell = tell, .context = check };
	bool known;

	buf_init(&check->shown, MAX_TEXT);
	buf_init(&check->place, MAX_TEXT);
	if (workspace_open_files(check->workspace, check->side, &checking.tree,
				 err) < 0)
		return err->code;
	if (name_snapshot(check, err) < 0 || find_rules(check, &known, err) < 0)
		goto out;
	if (known) {
		checking.rules = rules_of;
		checking.tracked = is_tracked;
	}
	if (snapshot_check(&checking, findings, err) < 0)
		err_context(err, "%s", check->shown.data);
out:
	filetree_close(checking.tree);
	return err->code;
}

void side_check_release(struct side_check *check)
{
	table_choice_release(&check->choice);
	if (check->has_config)
		d1config_release(&check->config);
	buf_release(&check->shown);
	buf_release(&check->place);
}

int side_file_path(char **path, const struct workspace *workspace,
		   const struct side *side, struct err *err)
{
	*path = NULL;
	switch (side->endpoint.kind) {
	case ENDPOINT_LOCAL:
		if (side_check_local(workspace, side->database, err) < 0)
			return err->code;
		*path = strdup(side->database->local_path);
		return *path ? 0 : err_set_nomem(err);
	case ENDPOINT_FILE:
		*path = realpath(side->endpoint.path, NULL);
		return *path ? 0
			     : err_set_errno(err, "cannot open '%s'",
					     side->label);
	default:
		return 0;
	}
}
