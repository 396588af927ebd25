#include "config.h"

#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "git/blob.h"
#include "git/library.h"
#include "util/directory.h"

enum {
	MAX_PATH = 1 << 16, /* bytes of a path in a message */
	SHORT_ID = 10,	    /* digits of a commit's id in a message */
};

struct commit_tree {
	struct filetree tree;
	const struct repository *repository;
	git_tree *root; /* NULL: nothing there */
	char *name;	/* "1a2b3c4d5e:d1/shop/", before paths in messages */
};

/* ---- folders ---- */

/*
 * Reads a tree. One that is missing may be fetched by git, as soon as somebody
 * asks for it (a partial clone without trees).
 */
static int read_tree(git_tree **tree, const struct repository *repository,
		     const git_oid *id, const char *name, struct err *err)
{
	char hex[OBJECT_ID_SIZE];
	const char *const argv[] = { "git", "cat-file", "-t", hex, NULL };
	struct buf type;
	int code = git_tree_lookup(tree, repository->handle, id);

	if (code == GIT_ENOTFOUND) {
		buf_init(&type, 100);
		git_oid_tostr(hex, sizeof(hex), id);
		code = repository_run(repository, argv, &type, err);
		buf_release(&type);
		if (code)
			return err_context(err, "cannot read '%s'", name);
		code = git_tree_lookup(tree, repository->handle, id);
	}
	if (code)
		return library_error(err, "cannot read '%s'", name);
	return 0;
}

static enum filetree_kind kind_of(const git_tree_entry *entry)
{
	switch (git_tree_entry_filemode(entry)) {
	case GIT_FILEMODE_TREE:
		return FILETREE_FOLDER;
	case GIT_FILEMODE_BLOB:
	case GIT_FILEMODE_BLOB_EXECUTABLE:
		return FILETREE_FILE;
	default:
		return FILETREE_OTHER;
	}
}

/*
 * Replaces *tree by the folder in it that is called `part`, or by NULL if
 * there is none. `path` is what messages call that one.
 */
static int step(git_tree **tree, const struct repository *repository,
		const char *part, const char *path, struct err *err)
{
	const git_tree_entry *entry = git_tree_entry_byname(*tree, part);
	git_tree *next = NULL;

	if (entry && git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
		err_set(err, D1_EREFUSED, "'%s' is a symbolic link", path);
	else if (entry && kind_of(entry) == FILETREE_FOLDER)
		(void)!read_tree(&next, repository, git_tree_entry_id(entry),
				 path, err);
	git_tree_free(*tree);
	*tree = next;
	return err->code;
}

/*
 * Opens the folder that the first `length` bytes of `path` name below `top`,
 * in *tree, which the caller frees; NULL if there is none. `name` stands
 * before the path in messages.
 */
static int descend(git_tree **tree, const struct repository *repository,
		   git_tree *top, const char *name, const char *path,
		   size_t length, struct err *err)
{
	size_t start = 0;
	struct buf text;

	*tree = NULL;
	if (!top)
		return 0;
	if (git_tree_dup(tree, top))
		return library_error(err, "cannot read '%s'", name);
	buf_init(&text, MAX_PATH);
	while (start < length && *tree && !err->code) {
		size_t size = strcspn(path + start, "/");
		char *part = strndup(path + start, size);

		buf_clear(&text);
		buf_add_string(&text, name);
		buf_add(&text, path, start + size);
		if (!part)
			err_set_nomem(err);
		else if (!buf_check(&text, "the path", err))
			(void)!step(tree, repository, part, text.data, err);
		free(part);
		start += size + 1;
	}
	buf_release(&text);
	if (err->code) {
		git_tree_free(*tree);
		*tree = NULL;
	}
	return err->code;
}

/* Opens the top folder of the commit; `name` is what messages call it. */
static int open_top(git_tree **tree, const struct repository *repository,
		    const char *id, const char *name, struct err *err)
{
	git_commit *commit = NULL;
	git_oid oid;

	*tree = NULL;
	if (git_oid_fromstr(&oid, id) ||
	    git_commit_lookup(&commit, repository->handle, &oid))
		library_error(err, "cannot read the commit '%s'", id);
	else
		(void)!read_tree(tree, repository, git_commit_tree_id(commit),
				 name, err);
	git_commit_free(commit);
	return err->code;
}

/* ---- a commit as a tree of files ---- */

static int commit_tree_list(struct filetree *tree, const char *folder,
			    filetree_entry_fn *use, void *context,
			    struct err *err)
{
	struct commit_tree *self = (struct commit_tree *)tree;
	struct filetree_listing list = FILETREE_LISTING_INIT;
	git_tree *found;
	size_t count;

	if (descend(&found, self->repository, self->root, self->name, folder,
		    strlen(folder), err) < 0)
		return err->code;
	count = found ? git_tree_entrycount(found) : 0;
	for (size_t i = 0; i < count && !err->code; i++) {
		const git_tree_entry *from = git_tree_entry_byindex(found, i);
		char id[OBJECT_ID_SIZE];
		struct filetree_entry entry = {
			.name = git_tree_entry_name(from),
			.kind = kind_of(from),
		};

		git_oid_tostr(id, sizeof(id), git_tree_entry_id(from));
		if (entry.kind != FILETREE_OTHER)
			entry.id = id;
		if (filetree_listing_add(&list, &entry, err) == D1_EREFUSED) {
			err_context(err, "'%s%s'", self->name, folder);
			err_hint(err, "this tree was not made by git: git fsck "
				      "says more");
		}
	}
	if (!err->code)
		(void)!filetree_listing_use(&list, use, context, err);
	filetree_listing_release(&list);
	git_tree_free(found);
	return err->code;
}

/* Opens the file that the entry stands for, NULL if there is none. */
static int open_entry(struct commit_tree *self, const git_tree_entry *entry,
		      const char *name, struct stream **stream, struct err *err)
{
	char id[OBJECT_ID_SIZE];

	if (!entry)
		return err_set(err, D1_ENOTFOUND, "'%s' does not exist", name);
	if (git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
		return err_set(err, D1_EREFUSED, "'%s' is a symbolic link",
			       name);
	if (kind_of(entry) != FILETREE_FILE)
		return err_set(err, D1_ERROR, "'%s' is not a regular file",
			       name);
	git_oid_tostr(id, sizeof(id), git_tree_entry_id(entry));
	return blob_open(stream, self->repository, id, name, err);
}

static int commit_tree_open_file(struct filetree *tree, const char *path,
				 struct stream **stream, struct err *err)
{
	struct commit_tree *self = (struct commit_tree *)tree;
	size_t length = directory_length(path);
	const git_tree_entry *entry;
	git_tree *folder = NULL;
	struct buf name;

	buf_init(&name, MAX_PATH);
	buf_add_format(&name, "%s%s", self->name, path);
	if (!buf_check(&name, "the path", err) &&
	    !descend(&folder, self->repository, self->root, self->name, path,
		     length, err)) {
		path += length + (length > 0);
		entry = folder ? git_tree_entry_byname(folder, path) : NULL;
		(void)!open_entry(self, entry, name.data, stream, err);
	}
	git_tree_free(folder);
	buf_release(&name);
	return err->code;
}

static void commit_tree_close(struct filetree *tree)
{
	struct commit_tree *self = (struct commit_tree *)tree;

	git_tree_free(self->root);
	free(self->name);
	free(self);
}

/* What stands before paths of the commit in messages; the caller frees it. */
static int make_name(char **name, const char *id, const char *folder,
		     struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_PATH);
	buf_add_format(&text, "%.*s:%s%s", SHORT_ID, id, folder,
		       *folder ? "/" : "");
	*name = buf_check(&text, "the path", err) ? NULL : buf_take(&text);
	buf_release(&text);
	return *name || err->code ? err->code : err_set_nomem(err);
}

int commit_tree_open(struct filetree **tree,
		     const struct repository *repository, const char *id,
		     const char *folder, struct err *err)
{
	static const struct filetree_ops ops = {
		.list = commit_tree_list,
		.open = commit_tree_open_file,
		.close = commit_tree_close,
	};
	struct commit_tree *self;
	git_tree *top = NULL;
	char *name = NULL;

	if (*folder && filetree_check_path(folder, err) < 0)
		return err->code;
	self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_nomem(err);
	self->tree.ops = &ops;
	self->repository = repository;
	if (!make_name(&name, id, "", err) &&
	    !make_name(&self->name, id, folder, err) &&
	    !open_top(&top, repository, id, name, err))
		(void)!descend(&self->root, repository, top, name, folder,
			       strlen(folder), err);
	git_tree_free(top);
	free(name);
	if (err->code) {
		commit_tree_close(&self->tree);
		return err->code;
	}
	*tree = &self->tree;
	return 0;
}

/* ---- ids ---- */

int commit_path_id(const struct repository *repository, char id[OBJECT_ID_SIZE],
		   const char *commit, const char *path, struct err *err)
{
	size_t length = directory_length(path);
	git_tree *top = NULL, *folder = NULL;
	const git_tree_entry *entry = NULL;
	const git_oid *oid = NULL;
	char *name = NULL;

	*id = '\0';
	if (*path && filetree_check_path(path, err) < 0)
		return err->code;
	if (make_name(&name, commit, "", err) ||
	    open_top(&top, repository, commit, name, err))
		goto out;
	if (!*path) {
		oid = git_tree_id(top);
	} else if (descend(&folder, repository, top, name, path, length, err) ==
		   D1_EREFUSED) {
		err_clear(err); /* nothing lies behind a link */
	} else if (folder) {
		path += length + (length > 0);
		entry = git_tree_entry_byname(folder, path);
		if (entry && kind_of(entry) != FILETREE_OTHER)
			oid = git_tree_entry_id(entry);
	}
	if (oid)
		git_oid_tostr(id, OBJECT_ID_SIZE, oid);
out:
	git_tree_free(folder);
	git_tree_free(top);
	free(name);
	return err->code;
}
