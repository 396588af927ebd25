#include "config.h"

#include "git/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/process.h"

enum { PIECE = 1 << 16 }; /* bytes that are read at once */

struct blob_batch {
	struct stream stream; /* of the blob that is open */
	struct process process;
	bool broken; /* what comes next from git is not known */
	size_t left; /* bytes of the open blob, and the LF after it */
	/* what git wrote and nobody took yet */
	size_t start, end;
	char waiting[PIECE];
};

/* ---- git ---- */

static int refuse(struct blob_batch *self, struct err *err)
{
	self->broken = true;
	return err_set(err, D1_ERROR, "git cat-file does not answer");
}

/* Passes over what git complains of: who asks for a blob alone is told that. */
static void drain_errors(struct blob_batch *self)
{
	char piece[4096];
	int fd = self->process.pipes[PROCESS_ERRORS];

	if (fd >= 0 && read(fd, piece, sizeof(piece)) == 0)
		process_close(&self->process, PROCESS_ERRORS);
}

/* Reads some bytes of git's answer, behind none that wait. */
static int fill(struct blob_batch *self, struct err *err)
{
	const int *pipes = self->process.pipes;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = pipes[PROCESS_OUTPUT], .events = POLLIN },
			{ .fd = pipes[PROCESS_ERRORS], .events = POLLIN },
		};
		ssize_t got;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return refuse(self, err);
		if (fds[1].revents)
			drain_errors(self);
		got = read(pipes[PROCESS_OUTPUT], self->waiting, PIECE);
		if (got > 0) {
			self->start = 0;
			self->end = (size_t)got;
			return 0;
		}
		if (got == 0 || (errno != EINTR && errno != EAGAIN))
			return refuse(self, err);
	}
}

/* ---- the stream ---- */

static int batch_read(struct stream *stream, void *data, size_t size,
		      size_t *got, struct err *err)
{
	struct blob_batch *self = (struct blob_batch *)stream;

	*got = 0;
	if (self->left <= 1)
		return 0;
	if (self->start == self->end && fill(self, err) < 0)
		return err->code;
	if (size > self->left - 1)
		size = self->left - 1;
	if (size > self->end - self->start)
		size = self->end - self->start;
	memcpy(data, self->waiting + self->start, size);
	self->start += size;
	self->left -= size;
	*got = size;
	return 0;
}

static void batch_close(struct stream *stream)
{
	struct blob_batch *self = (struct blob_batch *)stream;
	struct err ignored = ERR_INIT;

	while (self->left > 0 && !self->broken) {
		size_t size;

		if (self->start == self->end && fill(self, &ignored) < 0)
			break;
		size = self->end - self->start;
		if (size > self->left)
			size = self->left;
		self->start += size;
		self->left -= size;
	}
}

/* ---- asking ---- */

static int ask(struct blob_batch *self, const char *id, struct err *err)
{
	char line[OBJECT_ID_SIZE + 1];
	size_t size = (size_t)snprintf(line, sizeof(line), "%.*s\n",
				       OBJECT_ID_SIZE - 1, id);
	struct process_sigpipe held;
	ssize_t written;

	process_hold_sigpipe(&held);
	do
		/* git has read all before, so that the pipe takes it */
		written = write(self->process.pipes[PROCESS_INPUT], line, size);
	while (written < 0 && errno == EINTR);
	process_release_sigpipe(&held);
	return written == (ssize_t)size ? 0 : refuse(self, err);
}

/* Reads "<id> blob <size>". */
static int read_head(struct blob_batch *self, const char *id, struct err *err)
{
	char head[OBJECT_ID_SIZE + 64];
	size_t length = 0;
	size_t size;
	char type[8];

	for (;;) {
		if (self->start == self->end && fill(self, err) < 0)
			return err->code;
		if (length == sizeof(head) - 1)
			return refuse(self, err);
		head[length] = self->waiting[self->start++];
		if (head[length] == '\n')
			break;
		length++;
	}
	head[length] = '\0';
	if (strncmp(head, id, OBJECT_ID_SIZE - 1) != 0 ||
	    sscanf(head + OBJECT_ID_SIZE - 1, " %7s %zu", type, &size) != 2)
		return refuse(self, err);
	self->left = size + 1;
	if (strcmp(type, "blob") == 0)
		return 0;
	batch_close(&self->stream);
	return err_set(err, D1_ERROR, "a %s stands where a file should be",
		       type);
}

/* ---- the batch ---- */

int blob_batch_open(struct blob_batch **batch,
		    const struct repository *repository, struct err *err)
{
	static const char *const argv[] = {
		/* what is not packed as a difference is not held in memory */
		"git",	    "-c",      "core.bigFileThreshold=1m",
		"cat-file", "--batch", NULL
	};
	struct blob_batch *self = calloc(1, sizeof(*self));
	struct buf piped = { .data = NULL }; /* any: it asks for a pipe */
	struct child child = { .argv = argv,
			       .input_size = 1, /* likewise */
			       .output = &piped,
			       .errors = &piped };

	if (!self)
		return err_set_nomem(err);
	self->stream.read = batch_read;
	self->stream.close = batch_close;
	repository_prepare(repository, &child);
	if (process_start(&self->process, &child, err) < 0) {
		free(self);
		return err->code;
	}
	*batch = self;
	return 0;
}

int blob_batch_read(struct stream **stream, struct blob_batch *batch,
		    const char *id, struct err *err)
{
	if (batch->broken)
		return refuse(batch, err);
	if (ask(batch, id, err) < 0 || read_head(batch, id, err) < 0)
		return err->code;
	*stream = &batch->stream;
	return 0;
}

bool blob_batch_is_usable(const struct blob_batch *batch)
{
	return !batch->broken;
}

void blob_batch_close(struct blob_batch *batch)
{
	if (!batch)
		return;
	process_end(&batch->process);
	for (int i = 0; i < PROCESS_PIPES; i++)
		process_close(&batch->process, i);
	free(batch);
}
