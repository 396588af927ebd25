#include "config.h"

#include "git/commit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <git2.h>

#include "git/library.h"

struct tree_sink {
	struct filesink sink;
	git_repository *handle; /* borrowed */
	git_odb *objects;
	git_index *files;
	char id[OBJECT_ID_SIZE];

	/* The file that is being written. */
	char *path; /* NULL: none */
	FILE *content;
	bool broken; /* a file was begun and not ended */
};

static void forget_current(struct tree_sink *self)
{
	if (self->content)
		fclose(self->content);
	self->content = NULL;
	free(self->path);
	self->path = NULL;
}

static int lose_content(const struct tree_sink *self, struct err *err)
{
	return err_set_errno(err, "cannot write an object for '%s'",
			     self->path);
}

/*
 * Opens a file without a name among the objects, where there is room for them.
 * A stream of libgit2's would be gone after one try to make it an object.
 */
static int open_content(struct tree_sink *self, struct err *err)
{
	git_buf folder = GIT_BUF_INIT;
	char *path = NULL;
	int fd;

	if (git_repository_item_path(&folder, self->handle,
				     GIT_REPOSITORY_ITEM_OBJECTS)) {
		library_error(err, "cannot find the folder of the objects");
		goto out;
	}
	/* If we are killed before it is unlinked, git removes it. */
	if (asprintf(&path, "%stmp_obj_XXXXXX", folder.ptr) < 0) {
		err_set_nomem(err);
		goto out;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0 || unlink(path) < 0 || !(self->content = fdopen(fd, "w+")))
		lose_content(self, err);
	if (fd >= 0 && !self->content)
		close(fd);
out:
	git_buf_dispose(&folder);
	free(path);
	return err->code;
}

static int sink_begin(struct filesink *sink, const char *path, struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;

	self->broken = self->broken || self->path;
	forget_current(self);
	self->path = strdup(path);
	if (!self->path)
		return err_set_nomem(err);
	return open_content(self, err);
}

static int sink_write(struct filesink *sink, const void *data, size_t size,
		      struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;

	if (fwrite(data, 1, size, self->content) != size)
		return lose_content(self, err);
	return 0;
}

/* Makes the content an object; returns what libgit2 returns. */
static int write_blob(git_oid *id, const struct tree_sink *self, off_t size)
{
	char block[32768];
	git_odb_stream *stream;
	size_t count;
	int code;

	rewind(self->content);
	code = git_odb_open_wstream(&stream, self->objects,
				    (git_object_size_t)size, GIT_OBJECT_BLOB);
	if (code)
		return code;
	while (!code &&
	       (count = fread(block, 1, sizeof(block), self->content)) > 0)
		code = git_odb_stream_write(stream, block, count);
	if (!code) /* fails, too, if less could be read */
		code = git_odb_stream_finalize_write(id, stream);
	git_odb_stream_free(stream);
	return code;
}

static int sink_end(struct filesink *sink, enum file_news *news,
		    struct err *err)
{
	struct tree_sink *self = (struct tree_sink *)sink;
	git_index_entry entry = { .mode = GIT_FILEMODE_BLOB };
	unsigned int tries = 0;
	off_t size;
	int code;

	entry.path = self->path;
	size = fflush(self->content) ? -1 : ftello(self->content);
	if (size < 0)
		return lose_content(self, err);
	do {
		code = write_blob(&entry.id, self, size);
	} while (library_again(code, &tries));
	if (code || git_index_add(self->files, &entry))
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
	unsigned int tries = 0;
	git_oid id;
	int code;

	if (self->broken || self->path)
		return err_set(err, D1_ERROR,
			       "not all files of a tree could be written");
	do {
		code = git_index_write_tree_to(&id, self->files, self->handle);
	} while (library_again(code, &tries));
	if (code)
		return library_error(err, "cannot write a tree");
	git_oid_tostr(self->id, sizeof(self->id), &id);
	return 0;
}

static void sink_close(struct filesink *sink)
{
	struct tree_sink *self = (struct tree_sink *)sink;

	forget_current(self);
	git_index_free(self->files);
	git_odb_free(self->objects);
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
	if (git_repository_odb(&self->objects, self->handle) ||
	    git_index_new(&self->files)) {
		library_error(err, "cannot make a tree");
		sink_close(&self->sink);
		return err->code;
	}
	*sink = &self->sink;
	return 0;
}

const char *tree_sink_id(const struct filesink *sink)
{
	return ((const struct tree_sink *)sink)->id;
}
