#include "config.h"

#include "workspace/revision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/path.h"

/* The part of `path` below `top`, "" for the top itself; NULL if outside. */
static const char *below(const char *top, const char *path)
{
	if (!top || !path_is_inside(top, path))
		return NULL;
	path += strlen(top);
	return *path == '/' ? path + 1 : path;
}

static int name_folder(char **folder, char **label, char *absolute,
		       const struct revision *revision,
		       const struct project *project, const char *setting,
		       struct err *err)
{
	const char *relative = below(project->options.worktree, absolute);
	const char *shown = relative && *relative ? relative : absolute;
	int printed;

	if (!revision->repository) {
		*folder = strdup(absolute);
		printed = asprintf(label, "%s", shown);
	} else if (!relative) {
		return err_set(err, D1_ERROR,
			       "%s leads to '%s', which is in no commit",
			       setting, absolute);
	} else {
		*folder = strdup(relative);
		printed = asprintf(label, "%s:%s", revision->name, relative);
	}
	if (printed < 0)
		*label = NULL;
	return *folder && *label ? 0 : err_set_nomem(err);
}

static int note_path(struct revision *revision, const struct project *project,
		     const char *absolute, struct err *err)
{
	const char *relative = below(project->options.worktree, absolute);

	if (!relative)
		return 0;
	revision->migrations_path = strdup(relative);
	return revision->migrations_path ? 0 : err_set_nomem(err);
}

int revision_find(struct revision *revision, const char *name,
		  const struct repository *repository,
		  const struct project *project,
		  const struct database *database, struct err *err)
{
	char *snapshot = NULL;
	char *migrations = NULL;

	memset(revision, 0, sizeof(*revision));
	revision->name = name;
	if (strcmp(name, "snapshot") != 0) {
		if (!repository)
			return err_set(err, D1_ERROR,
				       "'%s' cannot be read: this is no git "
				       "repository",
				       name);
		revision->repository = repository;
		if (repository_commit(repository, revision->id, name, err) < 0)
			return err->code;
	}
	if (project_snapshot_dir(&snapshot, project, database, err) == 0 &&
	    project_migrations_dir(&migrations, project, database, err) == 0 &&
	    name_folder(&revision->snapshot, &revision->snapshot_label,
			snapshot, revision, project, "d1.snapshotPath",
			err) == 0 &&
	    note_path(revision, project, migrations, err) == 0)
		(void)!name_folder(&revision->migrations,
				   &revision->migrations_label, migrations,
				   revision, project, "migrations_dir", err);
	free(snapshot);
	free(migrations);
	return err->code;
}

void revision_release(struct revision *revision)
{
	free(revision->snapshot);
	free(revision->migrations);
	free(revision->migrations_path);
	free(revision->snapshot_label);
	free(revision->migrations_label);
	memset(revision, 0, sizeof(*revision));
}

static int open_folder(struct filetree **tree, const struct revision *revision,
		       const char *folder, struct err *err)
{
	*tree = NULL;
	if (revision->repository)
		return commit_tree_open(tree, revision->repository,
					revision->id, folder, err);
	return directory_open(tree, folder, err);
}

int revision_open_snapshot(struct filetree **tree,
			   const struct revision *revision, struct err *err)
{
	return open_folder(tree, revision, revision->snapshot, err);
}

static int open_migrations(struct filetree **tree,
			   const struct revision *revision, struct err *err)
{
	if (open_folder(tree, revision, revision->migrations, err) ==
	    D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

int revision_list_migrations(struct migrations *migrations,
			     struct filetree **tree,
			     const struct revision *revision,
			     const struct project *project,
			     const struct database *database, struct err *err)
{
	char *pattern = NULL;

	memset(migrations, 0, sizeof(*migrations));
	if (open_migrations(tree, revision, err) < 0 || !*tree)
		return err->code;
	if (migrations_pattern(&pattern, project->wrangler.dir,
			       database->migrations_dir,
			       database->migrations_pattern, err) == 0)
		(void)!migrations_list(migrations, *tree, pattern, err);
	free(pattern);
	return err->code;
}
