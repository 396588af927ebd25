/*
 * Taking the snapshot of an endpoint, as the project's settings have it: which
 * tables are tracked, by which keys, what is masked.
 */
#ifndef WORKSPACE_SNAPSHOTS_H
#define WORKSPACE_SNAPSHOTS_H

#include "apply/snapshot_writer.h"
#include "workspace/workspace.h"

/* Where the files go, and who is told of them. All of it is borrowed. */
struct snapshot_target {
	/* a new sink for each attempt; the caller of snapshots_take() owns it
	 * after that, published or not */
	int (*open)(void *context, struct filesink **sink, struct err *err);
	void (*wrote)(void *context, const struct snapshot_file *file);
	void *context;
	struct filetree *old;  /* the files that are there, or NULL */
	struct source *before; /* the snapshot in them, or NULL */
};

/*
 * Writes the snapshot of what `side` reads, and publishes it. If the database
 * changes meanwhile, it is read once more, and after that it is said. *sink is
 * what was published; the caller closes it.
 */
int snapshots_take(struct workspace *workspace, struct side *side,
		   const struct snapshot_target *target, struct filesink **sink,
		   struct err *err) MUST_CHECK;

/* A path of the worktree as git shows it: from its top. */
const char *snapshots_shown_path(const struct workspace *workspace,
				 const char *path);

#endif
