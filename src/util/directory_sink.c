#include "config.h"

#include "util/filesink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/directory.h"
#include "util/file.h"
#include "util/temporary.h"

enum {
	PIECE = 64 * 1024,  /* bytes that are compared or written at once */
	MAX_PATH = 1 << 16, /* bytes of a path in a message */
};

/* A file that is to take its place, or to go. */
struct change {
	char *path;
	char temporary[TEMPORARY_SIZE]; /* beside it; "": the file goes */
	bool done;
};

struct directory_sink {
	struct filesink sink;
	bool dry;
	char *path; /* of the top, without a slash at the end */
	int top;    /* -1: not there yet */

	struct change *changes;
	size_t nchanges;
	size_t cap;
	char **made; /* folders that were made, the deepest last */
	size_t nmade;

	/* The file that is being written. */
	char *current;	/* NULL: none */
	bool broken;	/* a file was begun and not ended */
	int old;	/* what is there now, or -1 */
	size_t matched; /* bytes that are as in `old` */
	bool differs;	/* from `old`, or there is none */
	int new;	/* the temporary file, or -1 */
	char *piece;	/* PIECE bytes that are not compared yet */
	size_t used;
	char *other; /* PIECE bytes of `old` */
};

/* "top/path" for a message or for a plain system call; the caller frees it. */
static char *whole_path(const struct directory_sink *self, const char *path,
			struct err *err)
{
	char *result;
	struct buf text;

	buf_init(&text, MAX_PATH);
	buf_add_format(&text, "%s/%s", self->path, path);
	result = buf_check(&text, "the path", err) ? NULL : buf_take(&text);
	buf_release(&text);
	if (!result && !err->code)
		err_set_nomem(err);
	return result;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Opens the folder that `path` lies in; D1_ENOTFOUND if it is not there. */
static int open_folder(const struct directory_sink *self, int *fd,
		       const char *path, struct err *err)
{
	*fd = -1;
	if (self->top < 0)
		return err_set(err, D1_ENOTFOUND, "'%s' does not exist",
			       self->path);
	return directory_descend(fd, self->top, self->path, path,
				 directory_length(path), err);
}

/* ---- making folders ---- */

/* Makes a folder, unless it is there, and remembers it to be removed again. */
static int make_folder(struct directory_sink *self, const char *path,
		       size_t length, struct err *err)
{
	char **grown =
		reallocarray(self->made, self->nmade + 1, sizeof(*self->made));
	char *copy = strndup(path, length);

	if (grown)
		self->made = grown;
	if (!grown || !copy) {
		free(copy);
		return err_set_nomem(err);
	}
	if (!mkdir(copy, 0777)) {
		self->made[self->nmade++] = copy;
		return 0;
	}
	if (errno != EEXIST)
		err_set_errno(err, "cannot make the folder '%s'", copy);
	free(copy);
	return err->code;
}

/* Makes the top, and what is missing above it. */
static int make_top(struct directory_sink *self, struct err *err)
{
	size_t length = 0;

	while (self->path[length] && !err->code) {
		length += strspn(self->path + length, "/");
		length += strcspn(self->path + length, "/");
		(void)!make_folder(self, self->path, length, err);
	}
	if (!err->code && directory_top(&self->top, self->path, err) == 0)
		temporary_begin(self->top);
	return err->code;
}

/*
 * Makes the folder that `path` lies in. Each part is looked at before the next
 * one is made, so that no link is followed.
 */
static int make_folders(struct directory_sink *self, const char *path,
			struct err *err)
{
	size_t length = directory_length(path);
	size_t top = strlen(self->path) + 1;
	char *whole;

	if (self->top < 0 && make_top(self, err) < 0)
		return err->code;
	whole = whole_path(self, path, err);
	if (!whole)
		return err->code;
	for (size_t end = 0; end < length && !err->code; end++) {
		int fd = -1;

		end += strcspn(path + end, "/");
		if (make_folder(self, whole, top + end, err) < 0 ||
		    directory_descend(&fd, self->top, self->path, path, end,
				      err) < 0)
			break;
		close(fd);
	}
	free(whole);
	return err->code;
}

/* ---- temporary files ---- */

/* Adds a change to the list, without a temporary file. */
static int add_change(struct directory_sink *self, const char *path,
		      struct err *err)
{
	struct change *change;

	if (self->nchanges == self->cap) {
		size_t cap = self->cap ? self->cap * 2 : 16;

		change = reallocarray(self->changes, cap, sizeof(*change));
		if (!change)
			return err_set_nomem(err);
		self->changes = change;
		self->cap = cap;
	}
	change = &self->changes[self->nchanges];
	*change = (struct change){ .path = strdup(path) };
	if (!change->path)
		return err_set_nomem(err);
	self->nchanges++;
	return 0;
}

/* Opens the temporary file beside the current one; its mode is kept. */
static int open_temporary(struct directory_sink *self, struct err *err)
{
	struct change *change;
	struct stat info;
	int dir = -1;

	if (open_folder(self, &dir, self->current, err) == D1_ENOTFOUND) {
		err_clear(err);
		if (!make_folders(self, self->current, err))
			(void)!open_folder(self, &dir, self->current, err);
	}
	if (err->code || add_change(self, self->current, err) < 0)
		goto out;
	change = &self->changes[self->nchanges - 1];
	if (!temporary_make(&self->new, change->temporary, dir)) {
		err_set_errno(err, "cannot make a file for '%s/%s'", self->path,
			      self->current);
		free(change->path);
		self->nchanges--;
	} else if (self->old >= 0 && (fstat(self->old, &info) ||
				      fchmod(self->new, info.st_mode & 0777))) {
		err_set_errno(err, "cannot give '%s/%s' its mode", self->path,
			      self->current);
	}
out:
	if (dir >= 0)
		close(dir);
	return err->code;
}

/* ---- writing ---- */

static int write_all(struct directory_sink *self, const char *data, size_t size,
		     struct err *err)
{
	while (size) {
		ssize_t sent = write(self->new, data, size);

		if (sent < 0 && errno != EINTR)
			return err_set_errno(err, "cannot write '%s/%s'",
					     self->path, self->current);
		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
		}
	}
	return 0;
}

/*
 * Reads up to `size` bytes of the old file, from `place` on, into
 * self->other. Fewer only at its end.
 */
static int read_old(struct directory_sink *self, size_t place, size_t size,
		    size_t *got, struct err *err)
{
	*got = 0;
	while (*got < size) {
		ssize_t n = pread(self->old, self->other + *got, size - *got,
				  (off_t)(place + *got));

		if (n < 0 && errno != EINTR)
			return err_set_errno(err, "cannot read '%s/%s'",
					     self->path, self->current);
		if (n == 0)
			break;
		*got += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* From here on the file differs: what was the same is copied from the old. */
static int begin_difference(struct directory_sink *self, struct err *err)
{
	size_t place = 0, got;

	self->differs = true;
	if (self->dry)
		return 0;
	if (open_temporary(self, err) < 0)
		return err->code;
	while (place < self->matched) {
		size_t size = self->matched - place;

		if (read_old(self, place, size < PIECE ? size : PIECE, &got,
			     err) < 0 ||
		    write_all(self, self->other, got, err) < 0)
			return err->code;
		if (!got)
			return err_set(err, D1_ERROR,
				       "'%s/%s' became shorter while it was "
				       "read",
				       self->path, self->current);
		place += got;
	}
	return 0;
}

/* Compares or writes what was gathered. */
static int flush_piece(struct directory_sink *self, struct err *err)
{
	size_t size = self->used, got;

	self->used = 0;
	if (!size)
		return 0;
	if (!self->differs) {
		if (read_old(self, self->matched, size, &got, err) < 0)
			return err->code;
		if (got == size && !memcmp(self->piece, self->other, size)) {
			self->matched += size;
			return 0;
		}
		if (begin_difference(self, err) < 0)
			return err->code;
	}
	return self->dry ? 0 : write_all(self, self->piece, size, err);
}

static void forget_current(struct directory_sink *self)
{
	if (self->old >= 0)
		close(self->old);
	if (self->new >= 0)
		close(self->new);
	self->old = self->new = -1;
	free(self->current);
	self->current = NULL;
}

/*
 * Opens the file that is at `path` now; *fd is -1 if there is none. Anything
 * else at that place is an error.
 */
static int open_old(struct directory_sink *self, int *fd, const char *path,
		    struct err *err)
{
	char *whole;
	int dir;

	*fd = -1;
	if (!open_folder(self, &dir, path, err)) {
		whole = whole_path(self, path, err);
		if (whole)
			(void)!file_open_at(fd, dir, last_part(path), whole,
					    FILE_NO_SYMLINK, err);
		free(whole);
		close(dir);
	}
	if (err->code == D1_ENOTFOUND)
		err_clear(err);
	return err->code;
}

static int sink_begin(struct filesink *sink, const char *path, struct err *err)
{
	struct directory_sink *self = (struct directory_sink *)sink;

	self->broken = self->broken || self->current;
	forget_current(self);
	self->matched = self->used = 0;
	self->differs = false;
	self->current = strdup(path);
	if (!self->current)
		return err_set_nomem(err);
	if (open_old(self, &self->old, path, err) < 0)
		return err->code;
	return self->old < 0 ? begin_difference(self, err) : 0;
}

static int sink_write(struct filesink *sink, const void *data, size_t size,
		      struct err *err)
{
	struct directory_sink *self = (struct directory_sink *)sink;
	const char *from = data;

	while (size) {
		size_t room = PIECE - self->used;
		size_t part = size < room ? size : room;

		memcpy(self->piece + self->used, from, part);
		self->used += part;
		from += part;
		size -= part;
		if (self->used == PIECE && flush_piece(self, err) < 0)
			return err->code;
	}
	return 0;
}

static int sink_end(struct filesink *sink, enum file_news *news,
		    struct err *err)
{
	struct directory_sink *self = (struct directory_sink *)sink;
	size_t more = 0;
	int fd;

	if (flush_piece(self, err) < 0)
		return err->code;
	if (!self->differs &&
	    (read_old(self, self->matched, 1, &more, err) < 0 ||
	     (more && begin_difference(self, err) < 0)))
		return err->code;
	*news = !self->differs	? FILE_SAME
		: self->old < 0 ? FILE_NEW
				: FILE_CHANGED;
	fd = self->new;
	self->new = -1;
	if (fd >= 0 && close(fd))
		return err_set_errno(err, "cannot write '%s/%s'", self->path,
				     self->current);
	forget_current(self);
	return 0;
}

static int sink_remove(struct filesink *sink, const char *path, struct err *err)
{
	struct directory_sink *self = (struct directory_sink *)sink;
	int fd;

	if (open_old(self, &fd, path, err) < 0 || fd < 0)
		return err->code;
	close(fd);
	return self->dry ? 0 : add_change(self, path, err);
}

/* ---- publishing ---- */

/* Refuses what came to the place of a file since it was written. */
static int check_place(struct directory_sink *self, const struct change *change,
		       struct err *err)
{
	int fd;

	if (!open_old(self, &fd, change->path, err) && fd >= 0)
		close(fd);
	return err->code;
}

static int carry_out(struct directory_sink *self, struct change *change,
		     struct err *err)
{
	const char *name = last_part(change->path);
	int dir;

	if (open_folder(self, &dir, change->path, err) < 0)
		return err->code;
	if (*change->temporary) {
		if (renameat(dir, change->temporary, dir, name))
			err_set_errno(err, "cannot write '%s/%s'", self->path,
				      change->path);
	} else if (unlinkat(dir, name, 0) && errno != ENOENT) {
		err_set_errno(err, "cannot remove '%s/%s'", self->path,
			      change->path);
	}
	close(dir);
	change->done = !err->code;
	return err->code;
}

static int sink_publish(struct filesink *sink, struct err *err)
{
	struct directory_sink *self = (struct directory_sink *)sink;

	if (self->broken || self->current)
		return err_set(err, D1_ERROR,
			       "not all files in '%s' could be written",
			       self->path);
	for (size_t i = 0; i < self->nchanges; i++) {
		if (check_place(self, &self->changes[i], err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < self->nchanges; i++) {
		if (carry_out(self, &self->changes[i], err) < 0)
			return err->code;
	}
	return 0;
}

/* Removes the temporary file of a change that was not published. */
static void undo(struct directory_sink *self, const struct change *change)
{
	struct err ignored = ERR_INIT;
	int dir;

	if (change->done || !*change->temporary ||
	    open_folder(self, &dir, change->path, &ignored) < 0)
		return;
	unlinkat(dir, change->temporary, 0);
	close(dir);
}

static void sink_close(struct filesink *sink)
{
	struct directory_sink *self = (struct directory_sink *)sink;

	forget_current(self);
	for (size_t i = 0; i < self->nchanges; i++) {
		undo(self, &self->changes[i]);
		free(self->changes[i].path);
	}
	/* one that is in use is not empty, and stays */
	for (size_t i = self->nmade; i-- > 0;) {
		rmdir(self->made[i]);
		free(self->made[i]);
	}
	if (self->top >= 0)
		close(self->top);
	free(self->changes);
	free(self->made);
	free(self->piece);
	free(self->other);
	free(self->path);
	free(self);
}

int directory_sink_open(struct filesink **sink, const char *path, bool dry,
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
	struct directory_sink *self = calloc(1, sizeof(*self));
	size_t length = strlen(path);

	if (!self)
		return err_set_nomem(err);
	while (length > 1 && path[length - 1] == '/')
		length--;
	self->sink.ops = &ops;
	self->dry = dry;
	self->top = self->old = self->new = -1;
	self->path = strndup(path, length);
	self->piece = malloc(PIECE);
	self->other = malloc(PIECE);
	if (!self->path || !self->piece || !self->other)
		err_set_nomem(err);
	else if (directory_top(&self->top, self->path, err) == D1_ENOTFOUND)
		err_clear(err);
	else if (!err->code && !dry)
		temporary_begin(self->top);
	if (err->code) {
		sink_close(&self->sink);
		return err->code;
	}
	*sink = &self->sink;
	return 0;
}
