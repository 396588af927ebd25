/* A run of `git d1 hook EVENT`: what the events have in common. */
#ifndef CMD_HOOKRUN_H
#define CMD_HOOKRUN_H

#include <stdbool.h>

#include "hooks/settings.h"
#include "workspace/workspace.h"

struct hook_run {
	struct workspace workspace;
	struct hook_settings settings;
	struct option_words arguments; /* those that git gives */
	const struct repository *repository;
	bool blocked; /* git is not to go on */
	int lock;     /* of hook_run_lock(); -1: there is none */

	/* the paths, from the top of the tree, that git-d1 looks after */
	struct arena arena;
	const char *folder; /* of all snapshots */
	const char **paths; /* that one, .d1config, and migrations */
	size_t npaths;
};

/*
 * Opens the repository and finds out where things are. A project that cannot
 * be read is an error; where there is none, the snapshots are known by git
 * alone. The caller ends with hook_run_end(), after an error too.
 */
int hook_run_open(struct hook_run *run, struct err *err) MUST_CHECK;
void hook_run_end(struct hook_run *run);

/*
 * Waits until no other hook of the repository writes local databases, and
 * keeps them waiting until hook_run_end(). D1_ERROR if that takes too long.
 */
int hook_run_lock(struct hook_run *run, struct err *err) MUST_CHECK;

/* True if the project of wrangler is known. */
bool hook_run_has_project(const struct hook_run *run);

/* Is told of a database whose local file is there. */
typedef int hook_local_fn(struct hook_run *run, const struct database *database,
			  void *context, struct err *err);

/*
 * Tells of each of the project; *there is how many there are. Without a project
 * there are none.
 */
int hook_run_each_local(struct hook_run *run, hook_local_fn *use, void *context,
			size_t *there, struct err *err) MUST_CHECK;

/*
 * The command that brings a commit's rows into the database: "git d1 restore",
 * with the name of the database if there are several. The database may be NULL
 * where there is no project. It lives as long as the run; NULL: memory ran out.
 */
const char *hook_run_restore(struct hook_run *run,
			     const struct database *database);

/*
 * Where the migrations of the database are from the top of the tree, in *dir,
 * which lives as long as the run; NULL: outside of it.
 */
int hook_run_migrations(struct hook_run *run, const char **dir,
			const struct database *database,
			struct err *err) MUST_CHECK;

/* *any tells whether the commit has something at one of these paths. */
int hook_run_any(struct hook_run *run, const char *id, bool *any,
		 struct err *err) MUST_CHECK;

/* *same tells whether both commits have the same at all of these paths. */
int hook_run_same(struct hook_run *run, const char *one, const char *other,
		  bool *same, struct err *err) MUST_CHECK;

/* The databases of which there are files of a snapshot. */
struct hook_names {
	const char **list; /* lives as long as the run */
	size_t count;
};

/*
 * Finds them in a tree, whose top is run->folder: the folders that hold a
 * schema.sql or data. A snapshot that lacks one of both is malformed.
 */
int hook_run_snapshots(struct hook_run *run, struct hook_names *names,
		       struct filetree *tree, struct err *err) MUST_CHECK;

/* Prints what stops git, and notes that it is to stop. */
void hook_run_block(struct hook_run *run, const struct err *problem);

/* The beginning of an id, as messages show it. */
#define SHORT_ID "%.10s"
enum { SHORT_ID_SIZE = 10 };

/* What happens at the events. Where git is to stop, run->blocked is set. */
int hook_pre_commit(struct hook_run *run, struct err *err) MUST_CHECK;
int hook_pre_push(struct hook_run *run, struct err *err) MUST_CHECK;
int hook_post_merge(struct hook_run *run, struct err *err) MUST_CHECK;
int hook_post_checkout(struct hook_run *run, struct err *err) MUST_CHECK;
int hook_post_rewrite(struct hook_run *run, struct err *err) MUST_CHECK;

/* Appends standard input, which git feeds, to `input`. */
int hook_read_input(struct buf *input, struct err *err) MUST_CHECK;

#endif
