#include "config.h"

#include "workspace/sidefolder.h"

#include <stdlib.h>
#include <string.h>

#include "git/tree.h"
#include "util/path.h"
#include "workspace/workspace.h"

static const char schema_file[] = "schema.sql";

bool side_is_snapshot(const struct side *side)
{
	return side->endpoint.kind == ENDPOINT_SNAPSHOT ||
	       side->endpoint.kind == ENDPOINT_INDEX ||
	       side->endpoint.kind == ENDPOINT_REVISION;
}

/* ---- where it is ---- */

char *side_folder_in_tree(const struct d1config *settings, const char *name)
{
	char *base = path_resolve("/", settings->snapshot_path);
	char *path = base ? path_resolve(base, name) : NULL;
	char *folder = path ? strdup(path + 1) : NULL;

	free(base);
	free(path);
	return folder;
}

int side_set_folder(struct workspace *workspace, struct side *side,
		    const struct d1config *settings, struct err *err)
{
	const char *top =
		workspace->worktree ? workspace->worktree : workspace->dir;
	char *base, *path = NULL;

	free(side->folder);
	side->folder = NULL;
	if (side->endpoint.kind != ENDPOINT_SNAPSHOT) {
		side->folder =
			side_folder_in_tree(settings,
					    side->name ? side->name : ".");
		return side->folder ? 0 : err_set_nomem(err);
	}
	base = path_resolve(top, settings->snapshot_path);
	if (base)
		path = path_resolve(base, side->name ? side->name : ".");
	free(base);
	if (!path)
		return err_set_nomem(err);
	side->folder = path;
	return path_check_inside(top, path, "snapshotPath", err);
}

/* ---- trees ---- */

static int find_schema(void *context, const struct filetree_entry *entry,
		       struct err *err)
{
	bool *found = context;

	(void)err;
	/* of whatever kind: what is no file is refused when it is opened */
	*found = *found || strcmp(entry->name, schema_file) == 0;
	return 0;
}

int side_has_schema(struct filetree *tree, const char *folder, bool *found,
		    struct err *err)
{
	*found = false;
	return filetree_list(tree, folder, find_schema, found, err);
}

int side_open_objects(struct workspace *workspace, const struct side *side,
		      const char *folder, struct filetree **tree,
		      struct err *err)
{
	const struct repository *repository;

	if (workspace_repository(workspace, &repository, err) < 0)
		return err->code;
	if (side->endpoint.kind == ENDPOINT_INDEX)
		return index_tree_open(tree, repository, folder, err);
	return commit_tree_open(tree, repository, side->id, folder, err);
}

int side_open_snapshot(struct workspace *workspace, const struct side *side,
		       struct filetree **tree, struct err *err)
{
	const char *folders[] = { side->folder, "" };
	size_t count = side->endpoint.kind == ENDPOINT_REVISION ? 2 : 1;
	bool found = false;

	*tree = NULL;
	if (side->endpoint.kind == ENDPOINT_SNAPSHOT) {
		if (directory_open(tree, side->folder, err) == D1_ENOTFOUND) {
			err_clear(err);
			return 0;
		}
		count = 0;
		if (err->code || side_has_schema(*tree, "", &found, err) < 0)
			goto out;
	}
	for (size_t i = 0; i < count && !found; i++) {
		filetree_close(*tree);
		*tree = NULL;
		if (side_open_objects(workspace, side, folders[i], tree, err) <
			    0 ||
		    side_has_schema(*tree, "", &found, err) < 0)
			break;
	}
out:
	if (err->code || !found) {
		filetree_close(*tree);
		*tree = NULL;
	}
	return err->code;
}

bool side_has_snapshot(struct workspace *workspace, const struct side *side)
{
	struct filetree *tree = NULL;
	struct err err = ERR_INIT;
	bool has;

	if (!side_is_snapshot(side))
		return false;
	has = side_open_snapshot(workspace, side, &tree, &err) == 0 && tree;
	filetree_close(tree);
	return has;
}

/* ---- those beside it ---- */

/* The folders of snapshots while they are listed. */
struct listing {
	struct filetree *tree;
	filetree_entry_fn *use;
	void *context;
};

static int list_snapshot(void *context, const struct filetree_entry *entry,
			 struct err *err)
{
	const struct listing *listing = context;
	bool found;

	if (entry->kind != FILETREE_FOLDER ||
	    side_has_schema(listing->tree, entry->name, &found, err) < 0 ||
	    !found)
		return err->code;
	return listing->use(listing->context, entry, err);
}

int side_list_snapshots(struct filetree *tree, filetree_entry_fn *use,
			void *context, struct err *err)
{
	struct listing listing = { tree, use, context };

	return filetree_list(tree, "", list_snapshot, &listing, err);
}

/* Their databases: how many, all names, and the last one. */
struct databases {
	char *name;
	struct buf names; /* with commas between them */
	size_t count;
};

static int add_database(void *context, const struct filetree_entry *entry,
			struct err *err)
{
	struct databases *databases = context;

	buf_add_format(&databases->names, "%s%s",
		       databases->count++ ? ", " : "", entry->name);
	free(databases->name);
	databases->name = strdup(entry->name);
	return databases->name ? 0 : err_set_nomem(err);
}

static int open_folders(struct workspace *workspace, const struct side *side,
			struct filetree **tree, struct err *err)
{
	if (side->endpoint.kind != ENDPOINT_SNAPSHOT)
		return side_open_objects(workspace, side, side->folder, tree,
					 err);
	if (directory_open(tree, side->folder, err) == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

int side_find_only(struct workspace *workspace, struct side *side,
		   const struct d1config *settings, struct err *err)
{
	struct databases databases = { .count = 0 };
	struct filetree *tree = NULL;

	buf_init(&databases.names, 4096);
	if (side_set_folder(workspace, side, settings, err) < 0 ||
	    open_folders(workspace, side, &tree, err) < 0 || !tree ||
	    side_list_snapshots(tree, add_database, &databases, err) < 0)
		goto out;
	if (databases.count > 1) {
		const char *side_text = endpoint_side(&side->endpoint);

		err_set(err, D1_EUSAGE,
			"there are snapshots of several databases: %s",
			databases.names.data ? databases.names.data : "");
		err_hint(err, "say which one is meant: DATABASE/%s",
			 side_text ? side_text : side->endpoint.revision);
	}
	free(side->name);
	side->name = databases.name;
	databases.name = NULL;
out:
	filetree_close(tree);
	free(databases.name);
	buf_release(&databases.names);
	return err->code;
}

static bool is_bare(struct workspace *workspace)
{
	const struct repository *repository;
	struct err none = ERR_INIT;

	return workspace_repository(workspace, &repository, &none) == 0 &&
	       !repository->worktree;
}

/* Names the databases that do have a snapshot there, if any. */
static int hint_at_others(struct workspace *workspace, const struct side *side,
			  struct err *err)
{
	struct side other = *side;
	struct databases databases = { .count = 0 };
	const struct d1config *settings;
	struct filetree *tree = NULL;
	struct err none = ERR_INIT;
	const char *text = endpoint_side(&side->endpoint);

	other.name = NULL;
	other.folder = NULL;
	buf_init(&databases.names, 512);
	if (workspace_settings(workspace, &settings, &none) == 0 &&
	    side_set_folder(workspace, &other, settings, &none) == 0 &&
	    open_folders(workspace, &other, &tree, &none) == 0 && tree &&
	    side_list_snapshots(tree, add_database, &databases, &none) == 0 &&
	    databases.count > 0 && !databases.names.failed)
		err_hint(err,
			 "it has snapshots of: %s; write %s/%s for that one",
			 databases.names.data, databases.name,
			 text ? text : side->endpoint.revision);
	filetree_close(tree);
	buf_release(&databases.names);
	free(databases.name);
	free(other.folder);
	return err->code;
}

int side_refuse_missing(struct workspace *workspace, const struct side *side,
			struct err *err)
{
	const char *folder = side->folder;
	const char *word = side->name ? " of " : "";
	const char *name = side->name ? side->name : "";

	switch (side->endpoint.kind) {
	case ENDPOINT_SNAPSHOT:
		if (is_bare(workspace)) {
			err_set(err, D1_ENOTFOUND,
				"a bare repository has no worktree, and no "
				"snapshot in it");
			return err_hint(err, "name a revision, such as HEAD");
		}
		err_set(err, D1_ENOTFOUND,
			"the worktree holds no snapshot%s%s: there is no "
			"'%s/%s'",
			word, name, folder, schema_file);
		hint_at_others(workspace, side, err);
		return err_hint(err, "write it with: git d1 snapshot");
	case ENDPOINT_INDEX:
		err_set(err, D1_ENOTFOUND,
			"the index of git holds no snapshot%s%s: there is no "
			"'%s/%s' in it",
			word, name, folder, schema_file);
		hint_at_others(workspace, side, err);
		return err_hint(err,
				"write it with `git d1 snapshot` and add it "
				"with `git add %s`",
				folder);
	default:
		err_set(err, D1_ENOTFOUND,
			"'%s' holds no snapshot%s%s: there is no '%s/%s' in it",
			side->endpoint.revision, word, name, folder,
			schema_file);
		hint_at_others(workspace, side, err);
		return err_hint(err,
				"write one with `git d1 snapshot`, and commit "
				"it with `git add %s` and `git commit`",
				folder);
	}
}
