#include "config.h"

#include "util/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"

int stream_read(struct stream *stream, void *data, size_t size, size_t *got,
		struct err *err)
{
	return stream->read(stream, data, size, got, err);
}

void stream_close(struct stream *stream)
{
	if (stream)
		stream->close(stream);
}

/* ---- a file ---- */

struct file_stream {
	struct stream stream;
	int fd;
	char *path;
};

static int file_stream_read(struct stream *stream, void *data, size_t size,
			    size_t *got, struct err *err)
{
	struct file_stream *self = (struct file_stream *)stream;
	ssize_t n;

	do
		n = read(self->fd, data, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set_errno(err, "cannot read '%s'", self->path);
	*got = (size_t)n;
	return 0;
}

static void file_stream_close(struct stream *stream)
{
	struct file_stream *self = (struct file_stream *)stream;

	if (self->fd >= 0)
		close(self->fd);
	free(self->path);
	free(self);
}

int stream_open_file(struct stream **stream, const char *path,
		     unsigned int flags, struct err *err)
{
	struct file_stream *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->stream.read = file_stream_read;
	self->stream.close = file_stream_close;
	self->fd = -1;
	self->path = strdup(path);
	if (!self->path)
		err_set_nomem(err);
	else
		(void)!file_open(&self->fd, path, flags, err);
	if (err->code) {
		file_stream_close(&self->stream);
		return err->code;
	}
	*stream = &self->stream;
	return 0;
}

/* ---- memory ---- */

struct memory_stream {
	struct stream stream;
	const char *data;
	size_t size;
	struct buf owned;
};

static int memory_stream_read(struct stream *stream, void *data, size_t size,
			      size_t *got, struct err *err)
{
	struct memory_stream *self = (struct memory_stream *)stream;

	(void)err;
	*got = size < self->size ? size : self->size;
	if (*got) {
		memcpy(data, self->data, *got);
		self->data += *got;
		self->size -= *got;
	}
	return 0;
}

static void memory_stream_close(struct stream *stream)
{
	struct memory_stream *self = (struct memory_stream *)stream;

	buf_release(&self->owned);
	free(self);
}

int stream_open_bytes(struct stream **stream, const void *data, size_t size,
		      struct err *err)
{
	struct memory_stream *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->stream.read = memory_stream_read;
	self->stream.close = memory_stream_close;
	self->data = data;
	self->size = size;
	buf_init(&self->owned, 0);
	*stream = &self->stream;
	return 0;
}

int stream_take_buf(struct stream **stream, struct buf *buf, struct err *err)
{
	if (stream_open_bytes(stream, buf->data, buf->len, err) < 0) {
		buf_release(buf);
		return err->code;
	}
	((struct memory_stream *)*stream)->owned = *buf;
	buf_init(buf, buf->max);
	return 0;
}
