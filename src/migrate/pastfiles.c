#include "config.h"

#include "migrate/pastfiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/blob.h"
#include "git/history.h"
#include "git/tree.h"

struct reader {
	struct pastfiles *versions;
	const char *folder;
	size_t cap;
	/* the commit that is looked at */
	const struct history_commit *commit;
	struct filetree *tree;
	const char *below; /* the folder within it that is listed */
};

static struct pastfile *find(const struct pastfiles *versions, const char *name)
{
	for (size_t i = 0; i < versions->count; i++)
		if (strcmp(versions->files[i].name, name) == 0)
			return &versions->files[i];
	return NULL;
}

static struct pastfile *add_file(struct reader *self, const char *name,
				 struct err *err)
{
	struct pastfiles *versions = self->versions;

	if (versions->count == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 64;
		struct pastfile *files =
			reallocarray(versions->files, cap, sizeof(*files));

		if (!files) {
			err_set_nomem(err);
			return NULL;
		}
		versions->files = files;
		self->cap = cap;
	}
	versions->files[versions->count] = (struct pastfile){ .name = name };
	return &versions->files[versions->count++];
}

/* Commits come newest first: an older content goes to the end. */
static int add_version(struct reader *self, const char *name, const char *blob,
		       struct err *err)
{
	struct arena *arena = &self->versions->arena;
	struct pastfile *file = find(self->versions, name);
	const struct pastversion **end;
	struct pastversion *version;

	if (!file)
		file = add_file(self, name, err);
	if (!file)
		return err->code;
	for (end = &file->newest; *end;
	     end = &((struct pastversion *)*end)->older)
		if (strcmp((*end)->blob, blob) == 0)
			return 0;
	version = arena_alloc(arena, sizeof(*version));
	if (!version)
		return err_set_nomem(err);
	snprintf(version->blob, sizeof(version->blob), "%s", blob);
	snprintf(version->commit, sizeof(version->commit), "%s",
		 self->commit->id);
	version->time = self->commit->commit_time;
	*end = version;
	return 0;
}

static int add_entry(void *context, const struct filetree_entry *entry,
		     struct err *err)
{
	struct reader *self = context;
	struct reader below;
	char *path = arena_format(&self->versions->arena, "%s%s%s", self->below,
				  *self->below ? "/" : "", entry->name);

	if (!path)
		return err_set_nomem(err);
	if (entry->kind == FILETREE_FILE)
		return entry->id ? add_version(self, path, entry->id, err) : 0;
	if (entry->kind != FILETREE_FOLDER)
		return 0;
	below = *self;
	below.below = path;
	(void)!filetree_list(self->tree, path, add_entry, &below, err);
	self->cap = below.cap;
	return err->code;
}

static int add_commit(void *context, const struct history_commit *commit,
		      bool *stop, struct err *err)
{
	struct reader *self = context;

	(void)stop;
	self->commit = commit;
	self->tree = NULL;
	if (commit_tree_open(&self->tree, self->versions->repository,
			     commit->id, self->folder, err) == 0)
		(void)!filetree_list(self->tree, "", add_entry, self, err);
	filetree_close(self->tree);
	return err->code;
}

int pastfiles_read(struct pastfiles *versions,
		   const struct repository *repository, const char *id,
		   const char *folder, struct err *err)
{
	struct reader reader = { .versions = versions,
				 .folder = folder,
				 .below = "" };

	memset(versions, 0, sizeof(*versions));
	versions->repository = repository;
	return history_walk(repository, id, *folder ? folder : NULL, add_commit,
			    &reader, err);
}

void pastfiles_release(struct pastfiles *versions)
{
	free(versions->files);
	arena_release(&versions->arena);
	memset(versions, 0, sizeof(*versions));
}

const struct pastversion *pastfiles_find(const struct pastfiles *versions,
					 const char *name)
{
	const struct pastfile *file = find(versions, name);

	return file ? file->newest : NULL;
}

int pastversion_open(struct stream **text, const struct pastfiles *versions,
		     const struct pastversion *version, const char *name,
		     struct err *err)
{
	return blob_open(text, versions->repository, version->blob, name, err);
}
