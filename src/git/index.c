#include "config.h"

#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

#include "git/blob.h"

enum {
	MAX_LISTING = 1 << 28, /* bytes of git's list of files */
	MAX_PATH = 1 << 16,    /* bytes of a path in a message */
};

/* One path; those that are in conflict have several entries in the index. */
struct index_file {
	const char *path; /* below the folder */
	const char *id;
	enum filetree_kind kind;
	bool link;
	bool conflict;
};

struct index_tree {
	struct filetree tree;
	const struct repository *repository;
	struct buf text;	  /* git's list, which the files point into */
	struct index_file *files; /* by path */
	size_t count;
	char *folder;
};

/*
 * Takes one entry apart, "100644 <id> 0\td1/shop/schema.sql", and returns its
 * path; NULL if it is not that.
 */
static char *read_entry(struct index_file *file, char *text)
{
	char *path = strchr(text, '\t');
	char *id = strchr(text, ' ');
	char *stage = id ? strchr(id + 1, ' ') : NULL;

	if (!path || !stage || path - stage != 2)
		return NULL;
	*id++ = *stage++ = *path++ = '\0';
	file->id = id;
	file->link = !strcmp(text, "120000");
	file->kind = !strncmp(text, "100", 3) ? FILETREE_FILE : FILETREE_OTHER;
	file->conflict = *stage != '0';
	return path;
}

/* Keeps the file if it lies in the folder. */
static int add_file(struct index_tree *self, const struct index_file *file,
		    const char *path, struct err *err)
{
	struct index_file *last =
		self->count ? &self->files[self->count - 1] : NULL;
	size_t length = strlen(self->folder);

	if (length && !path[length]) {
		if (!file->link)
			return 0; /* a file where the folder would be */
		return err_set(err, D1_EREFUSED, "':%s' is a symbolic link",
			       path);
	}
	path += length + (length > 0);
	if (last && !strcmp(last->path, path)) {
		last->conflict = true;
		return 0;
	}
	self->files[self->count] = *file;
	self->files[self->count++].path = path;
	return 0;
}

static int read_files(struct index_tree *self, struct err *err)
{
	char *text = self->text.data;
	const char *end = text + self->text.len;
	size_t count = 0;

	for (const char *at = text; at < end; at += strlen(at) + 1)
		count++;
	self->files = calloc(count + 1, sizeof(*self->files));
	if (!self->files)
		return err_set_nomem(err);
	while (text < end && !err->code) {
		char *next = text + strlen(text) + 1;
		struct index_file file = { .path = NULL };
		const char *path = read_entry(&file, text);

		if (!path)
			err_set(err, D1_ERROR,
				"git's list of the index is not understood");
		else
			(void)!add_file(self, &file, path, err);
		text = next;
	}
	return err->code;
}

/* Has git list the index: it knows all the kinds there are. */
static int load(struct index_tree *self, struct err *err)
{
	const char *argv[] = { "git", "ls-files", "--stage", "--full-name",
			       "-z",  "--",	  NULL,	     NULL };
	struct buf pathspec;

	buf_init(&pathspec, MAX_PATH);
	buf_add_format(&pathspec, *self->folder ? ":(top,literal)%s" : ":(top)",
		       self->folder);
	if (!buf_check(&pathspec, "the path", err)) {
		argv[6] = pathspec.data;
		(void)!repository_run(self->repository, argv, &self->text, err);
	}
	buf_release(&pathspec);
	if (!err->code && self->text.len)
		(void)!read_files(self, err);
	return err_context(err, "cannot read the index");
}

/* What follows `folder` and its slash in the path; NULL: it is elsewhere. */
static const char *below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (!length)
		return path;
	if (strncmp(path, folder, length) != 0 || path[length] != '/')
		return NULL;
	return path + length + 1;
}

/* Refuses a path of which a folder, or itself, is a symbolic link. */
static int check_links(const struct index_tree *self, const char *path,
		       struct err *err)
{
	for (size_t i = 0; i < self->count; i++) {
		const struct index_file *file = &self->files[i];

		if (file->link &&
		    (!strcmp(file->path, path) || below(path, file->path)))
			return err_set(err, D1_EREFUSED,
				       "':%s%s%s' is a symbolic link",
				       self->folder, *self->folder ? "/" : "",
				       file->path);
	}
	return 0;
}

static int index_tree_list(struct filetree *tree, const char *folder,
			   filetree_entry_fn *use, void *context,
			   struct err *err)
{
	struct index_tree *self = (struct index_tree *)tree;
	struct filetree_listing list = FILETREE_LISTING_INIT;
	const char *last = NULL;
	size_t last_size = 0;

	if (*folder && check_links(self, folder, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->count && !err->code; i++) {
		const struct index_file *file = &self->files[i];
		const char *rest = below(file->path, folder);
		size_t size = rest ? strcspn(rest, "/") : 0;
		struct filetree_entry entry = { .kind = file->kind };
		char *name;

		if (!rest ||
		    (last && size == last_size && !strncmp(last, rest, size)))
			continue;
		if (rest[size])
			entry.kind = FILETREE_FOLDER;
		else if (file->kind == FILETREE_FILE && !file->conflict)
			entry.id = file->id;
		last = rest;
		last_size = size;
		name = strndup(rest, size);
		entry.name = name;
		if (name)
			(void)!filetree_listing_add(&list, &entry, err);
		else
			err_set_nomem(err);
		free(name);
	}
	if (!err->code)
		(void)!filetree_listing_use(&list, use, context, err);
	filetree_listing_release(&list);
	return err->code;
}

static int open_path(struct index_tree *self, const char *path,
		     const char *name, struct stream **stream, struct err *err)
{
	if (check_links(self, path, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->count; i++) {
		const struct index_file *file = &self->files[i];

		if (below(file->path, path) ||
		    (!strcmp(file->path, path) && file->kind != FILETREE_FILE))
			return err_set(err, D1_ERROR,
				       "'%s' is not a regular file", name);
		if (strcmp(file->path, path) != 0)
			continue;
		if (!file->conflict)
			return blob_open(stream, self->repository, file->id,
					 name, err);
		err_set(err, D1_ECONFLICT, "'%s' is in conflict", name);
		return err_hint(err, "resolve it, then: git add -- %s%s%s",
				self->folder, *self->folder ? "/" : "", path);
	}
	return err_set(err, D1_ENOTFOUND, "'%s' does not exist", name);
}

static int index_tree_open_file(struct filetree *tree, const char *path,
				struct stream **stream, struct err *err)
{
	struct index_tree *self = (struct index_tree *)tree;
	struct buf name;

	buf_init(&name, MAX_PATH);
	buf_add_format(&name, ":%s%s%s", self->folder, *self->folder ? "/" : "",
		       path);
	if (!buf_check(&name, "the path", err))
		(void)!open_path(self, path, name.data, stream, err);
	buf_release(&name);
	return err->code;
}

static void index_tree_close(struct filetree *tree)
{
	struct index_tree *self = (struct index_tree *)tree;

	buf_release(&self->text);
	free(self->files);
	free(self->folder);
	free(self);
}

int index_tree_open(struct filetree **tree, const struct repository *repository,
		    const char *folder, struct err *err)
{
	static const struct filetree_ops ops = {
		.list = index_tree_list,
		.open = index_tree_open_file,
		.close = index_tree_close,
	};
	struct index_tree *self;

	if (*folder && filetree_check_path(folder, err) < 0)
		return err->code;
	self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_nomem(err);
	self->tree.ops = &ops;
	self->repository = repository;
	buf_init(&self->text, MAX_LISTING);
	self->folder = strdup(folder);
	if (!self->folder)
		err_set_nomem(err);
	else
		(void)!load(self, err);
	if (err->code) {
		index_tree_close(&self->tree);
		return err->code;
	}
	*tree = &self->tree;
	return 0;
}
