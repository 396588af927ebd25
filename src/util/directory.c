#include "config.h"

#include "util/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"
#include "util/filetree.h"

enum {
	MAX_PATH = 1 << 16, /* bytes of a path in a message */
	OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
};

/* Says why `part` in the folder `dir`, known as `path`, is no open folder. */
static int refuse_folder(int dir, const char *part, const char *path,
			 struct err *err)
{
	int number = errno;
	struct stat info;

	if (!fstatat(dir, part, &info, AT_SYMLINK_NOFOLLOW)) {
		if (S_ISLNK(info.st_mode))
			return err_set(err, D1_EREFUSED,
				       "'%s' is a symbolic link", path);
		if (!S_ISDIR(info.st_mode))
			return err_set(err, D1_ENOTFOUND, "'%s' is no folder",
				       path);
	}
	if (number == ENOENT)
		return err_set(err, D1_ENOTFOUND, "'%s' does not exist", path);
	errno = number;
	return err_set_errno(err, "cannot open '%s'", path);
}

int directory_top(int *fd, const char *path, struct err *err)
{
	size_t length = strlen(path);
	char *copy;

	/* A slash at the end would have a link followed. */
	while (length > 1 && path[length - 1] == '/')
		length--;
	*fd = -1;
	copy = strndup(path, length);
	if (!copy)
		return err_set_nomem(err);
	*fd = open(copy, OPEN_FOLDER);
	if (*fd < 0)
		refuse_folder(AT_FDCWD, copy, copy, err);
	free(copy);
	return err->code;
}

/* Replaces *fd by the folder in it that is called `part`. */
static int step(int *fd, const char *part, const char *name, const char *path,
		size_t length, struct err *err)
{
	int next = openat(*fd, part, OPEN_FOLDER);
	struct buf text;

	if (next < 0) {
		int number = errno;

		buf_init(&text, MAX_PATH);
		buf_add_format(&text, "%s/%.*s", name, (int)length, path);
		errno = number;
		if (!buf_check(&text, "the path", err))
			refuse_folder(*fd, part, text.data, err);
		buf_release(&text);
	}
	close(*fd);
	*fd = next;
	return err->code;
}

int directory_descend(int *fd, int top, const char *name, const char *path,
		      size_t length, struct err *err)
{
	size_t start = 0;

	/* not dup(): the place in a listing would be shared */
	*fd = openat(top, ".", OPEN_FOLDER);
	if (*fd < 0)
		return err_set_errno(err, "cannot open '%s'", name);
	while (start < length && !err->code) {
		size_t size = strcspn(path + start, "/");
		char *part = strndup(path + start, size);

		if (part)
			(void)!step(fd, part, name, path, start + size, err);
		else
			err_set_nomem(err);
		free(part);
		start += size + 1;
	}
	if (err->code && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return err->code;
}

size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* ---- a folder as a tree of files ---- */

struct directory {
	struct filetree tree;
	int top;
	char *path;
};

static int add_entry(struct filetree_listing *list, const char *name,
		     mode_t mode, struct err *err)
{
	const struct filetree_entry entry = {
		.name = name,
		.kind = S_ISREG(mode)	? FILETREE_FILE
			: S_ISDIR(mode) ? FILETREE_FOLDER
					: FILETREE_OTHER,
	};

	return filetree_listing_add(list, &entry, err);
}

static int read_entries(struct filetree_listing *list, DIR *dir,
			const char *name, struct err *err)
{
	const struct dirent *entry;
	struct stat info;

	while (!err->code && (errno = 0, entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!fstatat(dirfd(dir), entry->d_name, &info,
			     AT_SYMLINK_NOFOLLOW))
			(void)!add_entry(list, entry->d_name, info.st_mode,
					 err);
		else if (errno != ENOENT)
			err_set_errno(err, "cannot look at '%s/%s'", name,
				      entry->d_name);
	}
	if (!err->code && errno)
		err_set_errno(err, "cannot read the folder '%s'", name);
	return err->code;
}

static int directory_list(struct filetree *tree, const char *folder,
			  filetree_entry_fn *use, void *context,
			  struct err *err)
{
	struct directory *self = (struct directory *)tree;
	struct filetree_listing list = FILETREE_LISTING_INIT;
	DIR *dir = NULL;
	int fd;

	if (directory_descend(&fd, self->top, self->path, folder,
			      strlen(folder), err) < 0) {
		if (err->code == D1_ENOTFOUND)
			err_clear(err);
		return err->code;
	}
	dir = fdopendir(fd);
	if (!dir) {
		err_set_errno(err, "cannot read the folder '%s'", self->path);
		close(fd);
		return err->code;
	}
	if (!read_entries(&list, dir, *folder ? folder : self->path, err))
		(void)!filetree_listing_use(&list, use, context, err);
	closedir(dir);
	filetree_listing_release(&list);
	return err->code;
}

static int directory_open_file(struct filetree *tree, const char *path,
			       struct stream **stream, struct err *err)
{
	struct directory *self = (struct directory *)tree;
	size_t length = directory_length(path);
	struct buf name;
	int dir = -1, fd = -1;

	buf_init(&name, MAX_PATH);
	buf_add_format(&name, "%s/%s", self->path, path);
	if (buf_check(&name, "the path", err) ||
	    directory_descend(&dir, self->top, self->path, path, length, err) <
		    0)
		goto out;
	if (!file_open_at(&fd, dir, path + length + (length > 0), name.data,
			  FILE_NO_SYMLINK, err))
		(void)!stream_take_fd(stream, fd, name.data, err);
out:
	if (dir >= 0)
		close(dir);
	buf_release(&name);
	return err->code;
}

static void directory_close(struct filetree *tree)
{
	struct directory *self = (struct directory *)tree;

	close(self->top);
	free(self->path);
	free(self);
}

int directory_open(struct filetree **tree, const char *path, struct err *err)
{
	static const struct filetree_ops ops = {
		.list = directory_list,
		.open = directory_open_file,
		.close = directory_close,
	};
	struct directory *self;
	int top;

	if (directory_top(&top, path, err) < 0)
		return err->code;
	self = calloc(1, sizeof(*self));
	if (self)
		self->path = strdup(path);
	if (!self || !self->path) {
		close(top);
		free(self);
		return err_set_nomem(err);
	}
	self->tree.ops = &ops;
	self->top = top;
	*tree = &self->tree;
	return 0;
}
