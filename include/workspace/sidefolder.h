/*
 * Where the snapshot that a side means lies: in a folder of the worktree, of
 * git's index or of a commit. For src/workspace/side.c.
 */
#ifndef WORKSPACE_SIDEFOLDER_H
#define WORKSPACE_SIDEFOLDER_H

#include <stdbool.h>

#include "config/d1config.h"
#include "workspace/side.h"

/* True if the side reads a snapshot, and not a database or a path. */
bool side_is_snapshot(const struct side *side);

/*
 * Where a tree has the snapshots of the database `name`, from its top; "." is
 * the folder of all. The caller frees it; NULL if memory ran out.
 */
char *side_folder_in_tree(const struct d1config *settings, const char *name);

/*
 * Sets side->folder: that of side->name, or of all if there is no name. In the
 * worktree it must not lead out of it: D1_EREFUSED.
 */
int side_set_folder(struct workspace *workspace, struct side *side,
		    const struct d1config *settings,
		    struct err *err) MUST_CHECK;

/*
 * Opens the files below a folder of the commit or the index that the side
 * means.
 */
int side_open_objects(struct workspace *workspace, const struct side *side,
		      const char *folder, struct filetree **tree,
		      struct err *err) MUST_CHECK;

/* *found tells whether there is a schema.sql in the folder, "" for the top. */
int side_has_schema(struct filetree *tree, const char *folder, bool *found,
		    struct err *err) MUST_CHECK;

/*
 * Calls `use` for each folder at the top that holds a snapshot, as
 * filetree_list() does.
 */
int side_list_snapshots(struct filetree *tree, filetree_entry_fn *use,
			void *context, struct err *err) MUST_CHECK;

/*
 * Opens the files of a snapshot; *tree is NULL if there is none. A commit that
 * git-d1 made for itself (refs/d1/) has them at its top.
 */
int side_open_snapshot(struct workspace *workspace, const struct side *side,
		       struct filetree **tree, struct err *err) MUST_CHECK;

/*
 * Sets side->name to the only database that has a snapshot where the side
 * reads; it stays NULL if none has. D1_EUSAGE names them if several have.
 */
int side_find_only(struct workspace *workspace, struct side *side,
		   const struct d1config *settings, struct err *err) MUST_CHECK;

/* Says that there is no snapshot, and what there is: D1_ENOTFOUND. */
int side_refuse_missing(struct workspace *workspace, const struct side *side,
			struct err *err);

#endif
