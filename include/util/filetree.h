/*
 * The files of a snapshot, wherever they lie: in a folder, in a commit, in
 * git's index. Paths are relative, with `/` between the parts, and are never
 * followed out of the tree: one that is absolute, or has a part that is empty,
 * `.` or `..`, is D1_EREFUSED.
 */
#ifndef UTIL_FILETREE_H
#define UTIL_FILETREE_H

#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/stream.h"

enum filetree_kind {
	FILETREE_FILE,
	FILETREE_FOLDER,
	FILETREE_OTHER, /* a symbolic link, a submodule, a device */
};

struct filetree_entry {
	const char *name; /* its last part */
	enum filetree_kind kind;
	const char *id; /* equal ids, equal bytes; NULL: unknown */
};

typedef int filetree_entry_fn(void *context, const struct filetree_entry *entry,
			      struct err *err);

struct filetree;

struct filetree_ops {
	int (*list)(struct filetree *tree, const char *folder,
		    filetree_entry_fn *use, void *context, struct err *err);
	int (*open)(struct filetree *tree, const char *path,
		    struct stream **stream, struct err *err);
	void (*close)(struct filetree *tree);
};

/* An implementation embeds this struct as its first member. */
struct filetree {
	const struct filetree_ops *ops;
};

/* 0 if `path` is the path of a file or folder in a tree, but not of its top. */
int filetree_check_path(const char *path, struct err *err) MUST_CHECK;

/*
 * Hands the entries of a folder to `use`, in byte order of their names; ""
 * is the top. Nothing if there is no such folder; D1_EREFUSED if it, or a
 * folder on the way to it, is a symbolic link. An error of `use` ends it.
 */
int filetree_list(struct filetree *tree, const char *folder,
		  filetree_entry_fn *use, void *context,
		  struct err *err) MUST_CHECK;

/*
 * Opens a file. D1_ENOTFOUND if there is none, D1_EREFUSED if it, or a folder
 * on the way to it, is a symbolic link; D1_ERROR if it is no file.
 */
int filetree_open(struct filetree *tree, const char *path,
		  struct stream **stream, struct err *err) MUST_CHECK;

/* Closes and frees the tree; NULL is allowed. */
void filetree_close(struct filetree *tree);

/* For implementations: the entries of one folder, in any order. */
struct filetree_listing {
	struct arena arena;
	struct filetree_entry *entries;
	size_t count;
	size_t cap;
};

#define FILETREE_LISTING_INIT \
	{ \
		.entries = NULL \
	}

/*
 * Adds an entry, of which the strings are copied; `id` may be NULL. A name that
 * no file can have ("..", or with a slash in it) is D1_EREFUSED.
 */
int filetree_listing_add(struct filetree_listing *list,
			 const struct filetree_entry *entry,
			 struct err *err) MUST_CHECK;

/* Does what filetree_list() promises, with each name once. */
int filetree_listing_use(struct filetree_listing *list, filetree_entry_fn *use,
			 void *context, struct err *err) MUST_CHECK;
void filetree_listing_release(struct filetree_listing *list);

/*
 * The files below the folder `path`. D1_ENOTFOUND if there is no such folder,
 * D1_EREFUSED if `path` itself is a symbolic link.
 */
int directory_open(struct filetree **tree, const char *path,
		   struct err *err) MUST_CHECK;

#endif
