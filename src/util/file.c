#include "config.h"

#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/*
 * How many bytes to read next: the memory that is there already, so that a
 * secret is not left behind in an outgrown piece of it.
 */
static size_t next_piece(const struct buf *out)
{
	size_t spare = out->cap > out->len ? out->cap - out->len - 1 : 0;
	size_t room = out->max - out->len;

	if (!spare)
		spare = PIECE;
	return spare < room ? spare : room;
}

/* Appends all that can be read from `fd`; about `size` bytes are expected. */
static int read_all(struct buf *out, int fd, size_t size, const char *path,
		    struct err *err)
{
	size_t used = out->len;
	ssize_t got;
	char byte;

	if (size < out->max - used && buf_extend(out, size + 1))
		buf_truncate(out, used);
	do {
		size_t piece = next_piece(out);
		char *start = piece ? buf_extend(out, piece) : &byte;

		/* One byte too many tells a longer file from a full one. */
		got = start ? read(fd, start, piece ? piece : 1) : 0;
		if (start && piece) {
			used += got > 0 ? (size_t)got : 0;
			buf_truncate(out, used);
		} else if (got > 0) {
			buf_add_char(out, byte);
		}
	} while (!out->failed && (got > 0 || (got < 0 && errno == EINTR)));
	if (got < 0)
		return err_set_errno(err, "cannot read '%s'", path);
	if (buf_check(out, "the file", err))
		return err_context(err, "cannot read '%s'", path);
	return 0;
}

int file_open_at(int *fd, int dir, const char *name, const char *path,
		 unsigned int flags, struct err *err)
{
	int mode = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct stat info;

	if (flags & FILE_NO_SYMLINK)
		mode |= O_NOFOLLOW;
	*fd = openat(dir, name, mode);
	if (*fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return err_set(err, D1_ENOTFOUND, "'%s' does not exist",
				       path);
		if (errno == ELOOP && flags & FILE_NO_SYMLINK)
			return err_set(err, D1_EREFUSED,
				       "'%s' is a symbolic link", path);
		return err_set_errno(err, "cannot open '%s'", path);
	}
	if (fstat(*fd, &info) == 0 && S_ISREG(info.st_mode))
		return 0;
	close(*fd);
	*fd = -1;
	return err_set(err, D1_ERROR, "'%s' is not a regular file", path);
}

int file_open(int *fd, const char *path, unsigned int flags, struct err *err)
{
	return file_open_at(fd, AT_FDCWD, path, path, flags, err);
}

int file_read(struct buf *out, const char *path, unsigned int flags,
	      struct err *err)
{
	struct stat info = { .st_size = 0 };
	int fd;

	if (file_open(&fd, path, flags, err) < 0)
		return err->code;
	if (fstat(fd, &info))
		err_set_errno(err, "cannot look at '%s'", path);
	else
		(void)!read_all(out, fd, (size_t)info.st_size, path, err);
	close(fd);
	return err->code;
}

bool file_exists(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISREG(info.st_mode);
}

bool directory_exists(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISDIR(info.st_mode);
}
