/*
 * The snapshots that a commit holds, and the files of tables in them. What git
 * keeps tells it: no wrangler configuration is needed, and a database that it
 * does not name any more is found as well.
 */
#ifndef WORKSPACE_COMMITTED_H
#define WORKSPACE_COMMITTED_H

#include <stdbool.h>

#include "git/tree.h"
#include "workspace/workspace.h"

/* The snapshot of one database. */
struct committed_snapshot {
	char *name;   /* logical name of the database; NULL: unknown */
	char *folder; /* from the top of the tree, "" for that itself */
	char id[OBJECT_ID_SIZE]; /* of the folder: equal ids, equal files */
};

struct committed_snapshots {
	struct committed_snapshot *list; /* in byte order of the folders */
	size_t count;
	size_t cap;
};

#define COMMITTED_SNAPSHOTS_INIT \
	{ \
		.list = NULL \
	}

/*
 * Finds the snapshots in the commit `id`. A commit that git-d1 made for itself
 * (refs/d1/) has the files of its only one at its top; of which database that
 * is, only the revision tells that was asked for. The caller releases the
 * list, after an error too.
 */
int committed_snapshots_find(struct committed_snapshots *snapshots,
			     struct workspace *workspace, const char *id,
			     const char *revision, struct err *err) MUST_CHECK;
void committed_snapshots_release(struct committed_snapshots *snapshots);

/* Tells whether the commit's snapshot has the table, in any letter case. */
int committed_snapshot_has(const struct committed_snapshot *snapshot,
			   struct workspace *workspace, const char *id,
			   const char *table, bool *has,
			   struct err *err) MUST_CHECK;

/* A table in a snapshot. */
struct committed_table {
	char *database; /* logical name; NULL: unknown */
	char *folder;	/* of the snapshot, from the top of the tree */
	char *name;
	char *path;    /* of its file, from the top of the tree */
	bool is_there; /* in this very commit */
};

/*
 * Finds what `[DATABASE/]TABLE` means in the history of the commit. Letter case
 * counts if several tables differ in that alone. A table that the commit does
 * not hold is taken for one that older commits may hold. D1_EUSAGE if it is
 * not clear in which database that would be. The caller releases the table,
 * after an error too.
 */
int committed_table_find(struct committed_table *table,
			 struct workspace *workspace, const char *id,
			 const char *revision, const char *text,
			 struct err *err) MUST_CHECK;
void committed_table_release(struct committed_table *table);

/*
 * Refuses a table that no snapshot has: D1_EUSAGE, with the tables that the
 * commit does have.
 */
int committed_table_refuse(const struct committed_table *table,
			   struct workspace *workspace, const char *id,
			   const char *revision, struct err *err);

#endif
