/*
 * The commits that lead to a commit, as `git log` shows them. Git itself walks:
 * it knows shallow clones, commit graphs and partial clones.
 */
#ifndef GIT_HISTORY_H
#define GIT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "git/repository.h"
#include "util/err.h"

/* Borrowed for the call. Texts are UTF-8, as far as git could make them so. */
struct history_commit {
	const char *id;
	const char *const *parents; /* ids; all of them, also of a merge */
	size_t nparents;
	const char *author; /* name and e-mail as .mailmap has them */
	const char *email;
	int64_t author_time; /* seconds since 1970, UTC */
	int author_offset;   /* of the author's clock, in minutes east */
	int64_t commit_time; /* seconds since 1970, UTC */
	const char *message; /* whole */
	bool cut_off;	     /* it has parents, but a shallow clone ends here */
};

/* "+0130", as git writes a zone, in minutes east; 0 if it is not that. */
int history_read_offset(const char *text, size_t size);

/* Is told of a commit. Setting *stop ends the walk, as an error does. */
typedef int history_fn(void *context, const struct history_commit *commit,
		       bool *stop, struct err *err);

/*
 * Tells of the commit `id` (40 digits) and of all that lead to it, newest
 * first, and none before all its children. With a `path` (of a file or folder,
 * relative to the top; NULL: none) only of those that changed something there
 * against a parent, in each line of history; a merge only if it differs from
 * one of its parents. commit_path_id() (git/tree.h) tells what is at a path in
 * a commit.
 *
 * In a shallow clone (repository_is_shallow()) the walk ends early: the last
 * commits have no parents and are marked cut_off, if they are told of.
 */
int history_walk(const struct repository *repository, const char *id,
		 const char *path, history_fn *use, void *context,
		 struct err *err) MUST_CHECK;

/*
 * True in *is if the commit `older` is an ancestor of `newer`, or is it. A
 * shallow clone knows of those only that it holds.
 */
int history_is_ancestor(const struct repository *repository, const char *older,
			const char *newer, bool *is,
			struct err *err) MUST_CHECK;

#endif
