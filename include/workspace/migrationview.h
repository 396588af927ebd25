/*
 * What a command of `git d1 migrations` looks at: a database, or a snapshot,
 * and the migrations that belong to it.
 */
#ifndef WORKSPACE_MIGRATIONVIEW_H
#define WORKSPACE_MIGRATIONVIEW_H

#include <stdbool.h>

#include "migrate/drift.h"
#include "workspace/revision.h"
#include "workspace/side.h"
#include "workspace/workspace.h"

struct migration_view {
	struct workspace *workspace; /* borrowed */
	struct side side;
	bool is_snapshot; /* or what a commit or the index has */
	bool is_absent;	  /* a local file that is not there: nothing is in it */
	const struct database *database;     /* whose migrations */
	const struct repository *repository; /* NULL: there is none */
	struct revision revision;
	struct filetree *files; /* NULL: there is no folder */
	struct migrations migrations;
	char *pattern;	       /* below the folder; NULL: *.sql */
	struct source *source; /* NULL: not open */
	struct ledger ledger;
	struct objects live;
	char commit[OBJECT_ID_SIZE]; /* whose history counts; "": none */
};

/*
 * Finds out what the endpoint means, and lists its migrations: those of a
 * commit for a commit, else those of the worktree. Opens no database. The
 * caller releases the view, after an error too.
 */
int migration_view_find(struct migration_view *view,
			struct workspace *workspace, const char *endpoint,
			struct err *err) MUST_CHECK;

/* The same with the migrations of a commit, or of the worktree ("snapshot"). */
int migration_view_find_at(struct migration_view *view,
			   struct workspace *workspace, const char *endpoint,
			   const char *revision, struct err *err) MUST_CHECK;

/*
 * The same for a database that is to be written, the only word there may be:
 * "local" if there is none. A bare name is that of the local database: a remote
 * one is spelled out. D1_EREFUSED for a snapshot.
 */
int migration_view_find_target(struct migration_view *view,
			       struct workspace *workspace,
			       const struct option_words *words,
			       struct err *err) MUST_CHECK;

/*
 * Opens the database and reads its ledger and what it defines; of a snapshot
 * what its files define. A local file that is not there is an empty database.
 */
int migration_view_open(struct migration_view *view,
			struct err *err) MUST_CHECK;

void migration_view_release(struct migration_view *view);

/* Reads the ledger and the definitions of the open view->source. */
int migration_view_read(struct migration_view *view,
			struct err *err) MUST_CHECK;

/* The question of drift_find() about it, which borrows from the view. */
void migration_view_question(struct drift_question *question,
			     const struct migration_view *view);

#endif
