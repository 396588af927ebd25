#include "config.h"

#include "util/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "util/process.h"

int stream_read(struct stream *stream, void *data, size_t size, size_t *got,
		struct err *err)
{
	return stream->read(stream, data, size, got, err);
}

int stream_read_all(struct stream *stream, struct buf *out, const char *what,
		    struct err *err)
{
	char piece[16 * 1024];
	size_t got = 1;

	while (got > 0 && !out->failed) {
		if (stream_read(stream, piece, sizeof(piece), &got, err) < 0)
			return err->code;
		buf_add(out, piece, got);
	}
	return buf_check(out, what, err);
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

	close(self->fd);
	free(self->path);
	free(self);
}

int stream_take_fd(struct stream **stream, int fd, const char *path,
		   struct err *err)
{
	struct file_stream *self = calloc(1, sizeof(*self));
	char *copy = strdup(path);

	if (!self || !copy) {
		close(fd);
		free(copy);
		free(self);
		return err_set_nomem(err);
	}
	self->stream.read = file_stream_read;
	self->stream.close = file_stream_close;
	self->fd = fd;
	self->path = copy;
	*stream = &self->stream;
	return 0;
}

int stream_open_file(struct stream **stream, const char *path,
		     unsigned int flags, struct err *err)
{
	int fd;

	if (file_open(&fd, path, flags, err) < 0)
		return err->code;
	return stream_take_fd(stream, fd, path, err);
}

/* ---- memory ---- */

struct memory_stream {
	struct stream stream;
	const char *data;
	size_t size;
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
	free(stream);
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
	*stream = &self->stream;
	return 0;
}

/* ---- a child process ---- */

enum {
	MAX_ERRORS = 1 << 16, /* bytes of standard error that are kept */
	GLANCE = 10,	      /* milliseconds between two looks at a child */
};

struct child_stream {
	struct stream stream;
	struct process process;
	struct buf errors;
	char *name;
};

/* Reads what the child complains of; the beginning is enough to keep. */
static void drain_errors(struct child_stream *self)
{
	char piece[4096];
	ssize_t got =
		read(self->process.pipes[PROCESS_ERRORS], piece, sizeof(piece));

	if (got > 0)
		buf_add(&self->errors, piece, (size_t)got);
	else if (got == 0 || (errno != EINTR && errno != EAGAIN))
		process_close(&self->process, PROCESS_ERRORS);
}

/*
 * Waits for the end of a child that has closed its output. Its standard error
 * may be held open by what it left behind, so that is not waited for.
 */
static void await_end(struct child_stream *self)
{
	struct process *process = &self->process;
	struct pollfd fd = { .events = POLLIN };

	while (process->pipes[PROCESS_ERRORS] >= 0 &&
	       !process_wait(process, 0)) {
		fd.fd = process->pipes[PROCESS_ERRORS];
		if (poll(&fd, 1, GLANCE) > 0)
			drain_errors(self);
	}
	process_wait(process, INT64_MAX);
	for (int i = 0; process->pipes[PROCESS_ERRORS] >= 0 && i < 16; i++)
		drain_errors(self);
}

/* Turns the end of the output into the end of the stream, or an error. */
static int end_child(struct child_stream *self, struct err *err)
{
	struct child_result result;
	struct buf *text = &self->errors;

	process_close(&self->process, PROCESS_OUTPUT);
	await_end(self);
	process_close(&self->process, PROCESS_ERRORS);
	if (process_result(&self->process, self->name, &result, err) < 0)
		return err->code;
	if (result.status == 0)
		return 0;
	while (text->len && text->data[text->len - 1] == '\n')
		buf_truncate(text, text->len - 1);
	if (text->len)
		return err_set(err, D1_ERROR, "%s: %s", self->name, text->data);
	if (result.signal)
		return err_set(err, D1_ERROR, "'%s' was ended by signal %d",
			       self->name, result.signal);
	return err_set(err, D1_ERROR, "'%s' ended with status %d", self->name,
		       result.status);
}

static int child_stream_read(struct stream *stream, void *data, size_t size,
			     size_t *got, struct err *err)
{
	struct child_stream *self = (struct child_stream *)stream;
	int *pipes = self->process.pipes;

	*got = 0;
	while (pipes[PROCESS_OUTPUT] >= 0) {
		struct pollfd fds[2] = {
			{ .fd = pipes[PROCESS_OUTPUT], .events = POLLIN },
			{ .fd = pipes[PROCESS_ERRORS], .events = POLLIN },
		};
		ssize_t n;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return err_set_errno(err, "cannot poll");
		if (fds[1].revents)
			drain_errors(self);
		n = read(pipes[PROCESS_OUTPUT], data, size);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_set_errno(err, "cannot read from '%s'",
					     self->name);
		*got = n > 0 ? (size_t)n : 0;
		if (n > 0)
			return 0;
		if (n == 0)
			return end_child(self, err);
	}
	return 0;
}

static void child_stream_close(struct stream *stream)
{
	struct child_stream *self = (struct child_stream *)stream;

	if (self->process.pid > 0)
		process_end(&self->process);
	for (int i = 0; i < PROCESS_PIPES; i++)
		process_close(&self->process, i);
	buf_release(&self->errors);
	free(self->name);
	free(self);
}

int stream_open_child(struct stream **stream, const struct child *child,
		      struct err *err)
{
	struct child_stream *self = calloc(1, sizeof(*self));
	struct child piped = *child;

	if (!self)
		return err_set_nomem(err);
	self->stream.read = child_stream_read;
	self->stream.close = child_stream_close;
	buf_init(&self->errors, MAX_ERRORS);
	piped.inherit_input = false;
	piped.input_size = 0;
	piped.output = &self->errors; /* any: it asks for the pipe */
	piped.errors = &self->errors;
	self->name = strdup(child->argv[0]);
	if (!self->name)
		err_set_nomem(err);
	else
		(void)!process_start(&self->process, &piped, err);
	if (err->code) {
		buf_release(&self->errors);
		free(self->name);
		free(self);
		return err->code;
	}
	*stream = &self->stream;
	return 0;
}
