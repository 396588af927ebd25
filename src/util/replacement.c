#include "config.h"

#include "util/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 16 };

struct replacement {
	char *path;
	char *temporary; /* NULL: there is none, or no more */
	mode_t mode;
	int fd;
	size_t used;
	char buffer[BUFFER_SIZE];
};

static int fail(const struct replacement *self, struct err *err)
{
	return err_set_errno(err, "cannot write '%s'", self->path);
}

/* Looks at what is to be replaced. */
static int look(struct replacement *self, struct err *err)
{
	struct stat info;

	if (lstat(self->path, &info) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return err_set(err, D1_ENOTFOUND, "'%s' does not exist",
				       self->path);
		return err_set_errno(err, "cannot look at '%s'", self->path);
	}
	if (S_ISLNK(info.st_mode))
		return err_set(err, D1_EREFUSED,
			       "'%s' is a symbolic link and is not written",
			       self->path);
	if (!S_ISREG(info.st_mode))
		return err_set(err, D1_EREFUSED, "'%s' is not a regular file",
			       self->path);
	if (access(self->path, W_OK) < 0)
		return fail(self, err);
	self->mode = info.st_mode & 07777;
	return 0;
}

/* The mode that open() would give a new file. */
static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int begin(struct replacement **replacement, const char *path,
		 bool may_be_new, struct err *err)
{
	struct replacement *self = calloc(1, sizeof(*self));

	*replacement = NULL;
	if (!self)
		return err_set_nomem(err);
	self->fd = -1;
	self->path = strdup(path);
	if (!self->path) {
		err_set_nomem(err);
		goto out;
	}
	if (look(self, err) < 0) {
		if (err->code != D1_ENOTFOUND || !may_be_new)
			goto out;
		err_clear(err);
		self->mode = new_mode();
	}
	if (asprintf(&self->temporary, "%s.XXXXXX", path) < 0) {
		self->temporary = NULL;
		err_set_nomem(err);
		goto out;
	}
	self->fd = mkostemp(self->temporary, O_CLOEXEC);
	if (self->fd < 0) {
		fail(self, err);
		free(self->temporary);
		self->temporary = NULL;
		goto out;
	}
	*replacement = self;
	self = NULL;
out:
	replacement_close(self);
	return err->code;
}

int replacement_open(struct replacement **replacement, const char *path,
		     struct err *err)
{
	return begin(replacement, path, false, err);
}

int replacement_create(struct replacement **replacement, const char *path,
		       struct err *err)
{
	return begin(replacement, path, true, err);
}

static int write_all(struct replacement *self, const char *data, size_t size,
		     struct err *err)
{
	while (size > 0) {
		ssize_t written = write(self->fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return fail(self, err);
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

static int flush(struct replacement *self, struct err *err)
{
	size_t size = self->used;

	self->used = 0;
	return write_all(self, self->buffer, size, err);
}

int replacement_write(struct replacement *replacement, const void *data,
		      size_t size, struct err *err)
{
	struct replacement *self = replacement;

	if (size == 0)
		return 0;
	if (size > BUFFER_SIZE - self->used && flush(self, err) < 0)
		return err->code;
	if (size > BUFFER_SIZE)
		return write_all(self, data, size, err);
	memcpy(self->buffer + self->used, data, size);
	self->used += size;
	return 0;
}

void replacement_set_mode(struct replacement *replacement, mode_t mode)
{
	replacement->mode = mode;
}

int replacement_publish(struct replacement *replacement, struct err *err)
{
	struct replacement *self = replacement;
	int fd = self->fd;

	if (flush(self, err) < 0)
		return err->code;
	if (fchmod(fd, self->mode) < 0 || fsync(fd) < 0)
		return fail(self, err);
	self->fd = -1;
	if (close(fd) < 0 || rename(self->temporary, self->path) < 0)
		return fail(self, err);
	free(self->temporary);
	self->temporary = NULL;
	return 0;
}

void replacement_close(struct replacement *replacement)
{
	if (!replacement)
		return;
	if (replacement->fd >= 0)
		close(replacement->fd);
	if (replacement->temporary)
		unlink(replacement->temporary);
	free(replacement->temporary);
	free(replacement->path);
	free(replacement);
}
