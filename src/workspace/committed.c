#include "config.h"

#include "workspace/committed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/filename.h"
#include "source/snapshot.h"
#include "workspace/sidefolder.h"
#include "workspace/tables.h"

enum { MAX_PATH = 1 << 16 };

static char *copy(const char *text, struct err *err)
{
	char *made = strdup(text);

	if (!made)
		err_set_nomem(err);
	return made;
}

/* ---- the snapshots of a commit ---- */

/* The snapshots while they are listed. */
struct listing {
	struct committed_snapshots *snapshots;
	const struct d1config *settings;
};

/* Adds one whose strings the caller sets. */
static struct committed_snapshot *add(struct committed_snapshots *snapshots,
				      struct err *err)
{
	struct committed_snapshot *list = snapshots->list;

	if (snapshots->count == snapshots->cap) {
		size_t cap = snapshots->cap ? snapshots->cap * 2 : 4;

		list = reallocarray(list, cap, sizeof(*list));
		if (!list) {
			err_set_nomem(err);
			return NULL;
		}
		snapshots->list = list;
		snapshots->cap = cap;
	}
	list[snapshots->count] = (struct committed_snapshot){ .name = NULL };
	return &list[snapshots->count++];
}

static int add_folder(void *context, const struct filetree_entry *entry,
		      struct err *err)
{
	const struct listing *listing = context;
	struct committed_snapshot *added = add(listing->snapshots, err);

	if (!added)
		return err->code;
	snprintf(added->id, sizeof(added->id), "%s", entry->id);
	added->name = copy(entry->name, err);
	added->folder = side_folder_in_tree(listing->settings, entry->name);
	return added->folder ? err->code : err_set_nomem(err);
}

/* The only snapshot of a commit that git-d1 made, if it is one. */
static int add_top(struct committed_snapshots *snapshots,
		   const struct repository *repository, const char *id,
		   const char *revision, struct err *err)
{
	struct committed_snapshot *added;
	char schema[OBJECT_ID_SIZE];

	if (commit_path_id(repository, schema, id, "schema.sql", err) < 0 ||
	    !*schema)
		return err->code;
	added = add(snapshots, err);
	if (!added)
		return err->code;
	added->name = side_database_of_ref(revision);
	added->folder = copy("", err);
	if (err->code)
		return err->code;
	return commit_path_id(repository, added->id, id, "", err);
}

int committed_snapshots_find(struct committed_snapshots *snapshots,
			     struct workspace *workspace, const char *id,
			     const char *revision, struct err *err)
{
	const struct repository *repository;
	struct listing listing = { .snapshots = snapshots };
	struct filetree *tree = NULL;
	char *folder = NULL;

	*snapshots = (struct committed_snapshots)COMMITTED_SNAPSHOTS_INIT;
	if (workspace_repository(workspace, &repository, err) < 0 ||
	    workspace_settings(workspace, &listing.settings, err) < 0)
		return err->code;
	folder = side_folder_in_tree(listing.settings, ".");
	if (!folder)
		return err_set_nomem(err);
	if (commit_tree_open(&tree, repository, id, folder, err) < 0 ||
	    side_list_snapshots(tree, add_folder, &listing, err) < 0)
		goto out;
	if (snapshots->count == 0)
		(void)!add_top(snapshots, repository, id, revision, err);
out:
	filetree_close(tree);
	free(folder);
	return err->code;
}

void committed_snapshots_release(struct committed_snapshots *snapshots)
{
	for (size_t i = 0; i < snapshots->count; i++) {
		free(snapshots->list[i].name);
		free(snapshots->list[i].folder);
	}
	free(snapshots->list);
	*snapshots = (struct committed_snapshots)COMMITTED_SNAPSHOTS_INIT;
}

/* ---- a table ---- */

/* A table while it is looked for, in the snapshots of a commit. */
struct lookup {
	struct workspace *workspace;
	const struct repository *repository;
	const char *id;
	struct committed_snapshots snapshots;
	struct committed_table *table;
};

void committed_table_release(struct committed_table *table)
{
	free(table->database);
	free(table->folder);
	free(table->name);
	free(table->path);
	*table = (struct committed_table){ .path = NULL };
}

/* Sets the table of that name in that snapshot, and whether it is there. */
static int set_table(struct lookup *lookup, const char *database,
		     const char *folder, const char *name, struct err *err)
{
	struct committed_table *table = lookup->table;
	char file[OBJECT_ID_SIZE] = "";
	struct buf path;

	committed_table_release(table);
	buf_init(&path, MAX_PATH);
	buf_add_format(&path, "%s%sdata/", folder, *folder ? "/" : "");
	if (filename_add(&path, name, err) < 0 ||
	    buf_check(&path, "a path", err) < 0 ||
	    commit_path_id(lookup->repository, file, lookup->id, path.data,
			   err) < 0)
		goto out;
	table->is_there = *file;
	table->database = database ? copy(database, err) : NULL;
	table->folder = copy(folder, err);
	table->name = copy(name, err);
	table->path = copy(path.data, err);
out:
	buf_release(&path);
	return err->code;
}

/* Opens a snapshot of the commit, for its schema. */
static int open_snapshot(struct source **source, const struct lookup *lookup,
			 const char *folder, struct err *err)
{
	struct filetree *tree;

	if (commit_tree_open(&tree, lookup->repository, lookup->id, folder,
			     err) < 0)
		return err->code;
	return snapshot_open(source, tree, "the snapshot", err);
}

/*
 * Looks for the table in one snapshot of the commit; in another letter case if
 * there is none in that.
 */
static int try_snapshot(struct lookup *lookup,
			const struct committed_snapshot *snapshot,
			const char *name, struct err *err)
{
	struct err unreadable = ERR_INIT;
	struct source *source;

	if (set_table(lookup, snapshot->name, snapshot->folder, name, err) <
		    0 ||
	    lookup->table->is_there)
		return err->code;
	/* what is broken in it is told by who reads rows */
	if (open_snapshot(&source, lookup, snapshot->folder, &unreadable) < 0)
		return 0;
	for (size_t i = 0; i < source->schema->ntables; i++) {
		const char *other = source->schema->tables[i].name;

		if (strcasecmp(other, name) == 0) {
			(void)!set_table(lookup, snapshot->name,
					 snapshot->folder, other, err);
			break;
		}
	}
	source_close(source);
	return err->code;
}

int committed_snapshot_has(const struct committed_snapshot *snapshot,
			   struct workspace *workspace, const char *id,
			   const char *table, bool *has, struct err *err)
{
	struct committed_table found = { .path = NULL };
	struct lookup lookup = { .workspace = workspace,
				 .id = id,
				 .table = &found };

	*has = false;
	if (workspace_repository(workspace, &lookup.repository, err) == 0 &&
	    try_snapshot(&lookup, snapshot, table, err) == 0)
		*has = found.is_there;
	committed_table_release(&found);
	return err->code;
}

static int refuse_several(const struct lookup *lookup, const char *name,
			  struct err *err)
{
	const struct committed_snapshot *list = lookup->snapshots.list;
	struct buf names;

	buf_init(&names, 512);
	for (size_t i = 0; i < lookup->snapshots.count && !names.failed; i++)
		buf_add_format(&names, "%s%s", i > 0 ? ", " : "", list[i].name);
	err_set(err, D1_EUSAGE,
		"table '%s' may be in the snapshots of several databases: %s",
		name, names.data ? names.data : "");
	buf_release(&names);
	return err_hint(err, "name the one you mean: %s/%s", list[0].name,
			name);
}

/* Looks in all snapshots of the commit. */
static int try_all(struct lookup *lookup, const char *name, struct err *err)
{
	const struct committed_snapshots *snapshots = &lookup->snapshots;
	const struct committed_snapshot *found = NULL;

	for (size_t i = 0; i < snapshots->count; i++) {
		if (try_snapshot(lookup, &snapshots->list[i], name, err) < 0)
			return err->code;
		if (!lookup->table->is_there)
			continue;
		if (found)
			return refuse_several(lookup, name, err);
		found = &snapshots->list[i];
	}
	if (found && !lookup->table->is_there)
		return try_snapshot(lookup, found, name, err);
	return 0;
}

/* `DATABASE/TABLE`; a database that the commit does not hold may be older. */
static int try_database(struct lookup *lookup, const char *text,
			const char *slash, struct err *err)
{
	const struct committed_snapshots *snapshots = &lookup->snapshots;
	char *database = strndup(text, (size_t)(slash - text));
	const struct d1config *settings;
	char *folder = NULL;

	if (!database)
		return err_set_nomem(err);
	for (size_t i = 0; i < snapshots->count; i++) {
		const char *name = snapshots->list[i].name;

		if (!name || strcmp(name, database) != 0)
			continue;
		(void)!try_snapshot(lookup, &snapshots->list[i], slash + 1,
				    err);
		goto out;
	}
	if (workspace_settings(lookup->workspace, &settings, err) < 0)
		goto out;
	folder = side_folder_in_tree(settings, database);
	if (!folder)
		err_set_nomem(err);
	else
		(void)!set_table(lookup, database, folder, slash + 1, err);
out:
	free(folder);
	free(database);
	return err->code;
}

static int find_table(struct lookup *lookup, const char *text, struct err *err)
{
	const struct committed_snapshots *snapshots = &lookup->snapshots;
	const char *slash = strchr(text, '/');

	if (try_all(lookup, text, err) < 0 || lookup->table->is_there)
		return err->code;
	if (slash)
		return try_database(lookup, text, slash, err);
	if (snapshots->count > 1)
		return refuse_several(lookup, text, err);
	return 0;
}

int committed_table_find(struct committed_table *table,
			 struct workspace *workspace, const char *id,
			 const char *revision, const char *text,
			 struct err *err)
{
	struct lookup lookup = { .workspace = workspace,
				 .id = id,
				 .table = table };

	*table = (struct committed_table){ .path = NULL };
	if (workspace_repository(workspace, &lookup.repository, err) < 0)
		return err->code;
	if (committed_snapshots_find(&lookup.snapshots, workspace, id, revision,
				     err) == 0 &&
	    find_table(&lookup, text, err) == 0 && !table->path) {
		err_set(err, D1_ENOTFOUND, "'%s' holds no snapshot", revision);
		err_hint(err, "write one with `git d1 snapshot`, and commit "
			      "it; or name the database: DATABASE/TABLE");
	}
	committed_snapshots_release(&lookup.snapshots);
	return err->code;
}

int committed_table_refuse(const struct committed_table *table,
			   struct workspace *workspace, const char *id,
			   const char *revision, struct err *err)
{
	struct lookup lookup = { .id = id };
	struct source *source = NULL;
	struct err unreadable = ERR_INIT;
	struct buf names;

	buf_init(&names, 4096);
	err_set(err, D1_EUSAGE, "no commit up to '%s' has a table '%s'%s%s",
		revision, table->name,
		table->database ? " in the snapshot of " : "",
		table->database ? table->database : "");
	if (workspace_repository(workspace, &lookup.repository, &unreadable) ==
		    0 &&
	    open_snapshot(&source, &lookup, table->folder, &unreadable) == 0) {
		table_list_add(&names, source->schema);
		err_hint(err, "the tables in '%s' are: %s", revision,
			 names.len ? names.data : "none");
	}
	source_close(source);
	buf_release(&names);
	return err->code;
}
