#include "config.h"

#include "git/blob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "git/library.h"

enum { MAX_IN_MEMORY = 8 << 20 }; /* bytes */

/* No size of a blob. */
#define UNKNOWN SIZE_MAX

struct blob_stream {
	struct stream stream;
	struct stream *from; /* the object's bytes, or what git writes */
	git_odb_object *object;
	char *name;
	size_t size; /* of the whole blob, or UNKNOWN */
	size_t seen;
};

static int blob_read(struct stream *stream, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct blob_stream *self = (struct blob_stream *)stream;

	if (stream_read(self->from, data, size, got, err) < 0) {
		err_context(err, "cannot read '%s'", self->name);
		if (self->size == UNKNOWN)
			err_hint(err, "it is not in this repository: a partial "
				      "clone needs its remote for it, and a "
				      "damaged one is shown by: git fsck");
		return err->code;
	}
	self->seen += *got;
	if (!*got && self->size != UNKNOWN && self->seen != self->size)
		return err_set(err, D1_ERROR,
			       "cannot read '%s': git gave %zu bytes of %zu",
			       self->name, self->seen, self->size);
	return 0;
}

static void blob_close(struct stream *stream)
{
	struct blob_stream *self = (struct blob_stream *)stream;

	stream_close(self->from);
	git_odb_object_free(self->object);
	free(self->name);
	free(self);
}

/* Has git write the blob, which does not hold it in memory either. */
static int open_child(struct blob_stream *self,
		      const struct repository *repository, const char *id,
		      struct err *err)
{
	const char *const argv[] = {
		"git", "-c", "core.bigFileThreshold=1m", "cat-file", "blob",
		id,    NULL
	};
	struct child child = { .argv = argv };

	repository_prepare(repository, &child);
	return stream_open_child(&self->from, &child, err);
}

static int open_object(struct blob_stream *self, git_odb *odb,
		       const git_oid *oid, struct err *err)
{
	if (git_odb_read(&self->object, odb, oid))
		return library_error(err, "cannot read '%s'", self->name);
	return stream_open_bytes(&self->from, git_odb_object_data(self->object),
				 git_odb_object_size(self->object), err);
}

static int open_from(struct blob_stream *self,
		     const struct repository *repository, const char *id,
		     struct err *err)
{
	git_odb *odb = NULL;
	git_object_t type;
	git_oid oid;
	int code;

	if (git_oid_fromstr(&oid, id) ||
	    git_repository_odb(&odb, repository->handle))
		return library_error(err, "cannot read '%s'", self->name);
	code = git_odb_read_header(&self->size, &type, odb, &oid);
	if (code == GIT_ENOTFOUND) {
		self->size = UNKNOWN;
		(void)!open_child(self, repository, id, err);
	} else if (code) {
		library_error(err, "cannot read '%s'", self->name);
	} else if (type != GIT_OBJECT_BLOB) {
		err_set(err, D1_ERROR, "'%s' is no file", self->name);
	} else if (self->size > MAX_IN_MEMORY) {
		(void)!open_child(self, repository, id, err);
	} else {
		(void)!open_object(self, odb, &oid, err);
	}
	git_odb_free(odb);
	return err->code;
}

int blob_open(struct stream **stream, const struct repository *repository,
	      const char *id, const char *name, struct err *err)
{
	struct blob_stream *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->stream.read = blob_read;
	self->stream.close = blob_close;
	self->name = strdup(name);
	if (!self->name)
		err_set_nomem(err);
	else
		(void)!open_from(self, repository, id, err);
	if (err->code) {
		blob_close(&self->stream);
		return err->code;
	}
	*stream = &self->stream;
	return 0;
}
