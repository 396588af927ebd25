#include "config.h"

#include "git/commit.h"

#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "git/library.h"

struct tree_sink {
	struct filesink sink;
	git_repository *handle; /* borrowed */
	git_index *files;
	char id[OBJECT_ID_SIZE];

	/* The file that is being written. */
	char *path; /* NULL: none */
	git_writestream *stream;
	bool broken; /* a file was begun and not ended */
};

static void forget_current(struct tree_sink *self)
{
	if (self->stream)
		self->stream->free(self->stream);
	self->stream = NULL;
	free(self->path);
	self->path = NULL;
}

static int sink_begin(struct filesink *sink, const char *path, struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;

	self->broken = self->broken || self->path;
	forget_current(self);
	self->path = strdup(path);
	if (!self->path)
		return err_set_nomem(err);
	if (git_blob_create_from_stream(&self->stream, self->handle, NULL))
		return library_error(err, "cannot write an object for '%s'",
				     path);
	return 0;
}

static int sink_write(struct filesink *sink, const void *data, size_t size,
		      struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;

	if (size && self->stream->write(self->stream, data, size))
		return library_error(err, "cannot write an object for '%s'",
				     self->path);
	return 0;
}

static int sink_end(struct filesink *sink, enum file_news *news,
		    struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;
	git_index_entry entry = { .mode = GIT_FILEMODE_BLOB };
	git_writestream *stream = self->stream;

	self->stream = NULL; /* is freed by what follows */
	entry.path = self->path;
	if (git_blob_create_from_stream_commit(&entry.id, stream) ||
	    git_index_add(self->files, &entry))
		return library_error(err, "cannot write an object for '%s'",
				     self->path);
	forget_current(self);
	*news = FILE_NEW;
	return 0;
}

static int sink_remove(struct filesink *sink, const char *path, struct err *err)
{
	(void)sink;
	(void)path;
	(void)err;
	return 0;
}

static int sink_publish(struct filesink *sink, struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;
	git_oid id;

	if (self->broken || self->path)
		return err_set(err, D1_ERROR,
			       "not all files of a tree could be written");
	if (git_index_write_tree_to(&id, self->files, self->handle))
		return library_error(err, "cannot write a tree");
	git_oid_tostr(self->id, sizeof(self->id), &id);
	return 0;
}

static void sink_close(struct filesink *sink)
{
	struct tree_sink *self = (struct tree_sink *)sink;

	forget_current(self);
	git_index_free(self->files);
	free(self);
}

int tree_sink_open(struct filesink **sink, const struct repository *repository,
		   struct err *err)
{
	static const struct filesink_ops ops = {
		.begin = sink_begin,
		.write = sink_write,
		.end = sink_end,
		.remove = sink_remove,
		.publish = sink_publish,
		.close = sink_close,
	};
	struct tree_sink *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->sink.ops = &ops;
	self->handle = repository->handle;
	if (git_index_new(&self->files)) {
		library_error(err, "cannot make a tree");
		free(self);
		return err->code;
	}
	*sink = &self->sink;
	return 0;
}

const char *tree_sink_id(const struct filesink *sink)
{
	return ((const struct tree_sink *)sink)->id;
}
