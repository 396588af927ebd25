/*
 * A stream of bytes to read: a file, memory, what a child process writes.
 */
#ifndef UTIL_STREAM_H
#define UTIL_STREAM_H

#include <stddef.h>

#include "util/buf.h"
#include "util/child.h"
#include "util/err.h"

/* An implementation embeds this struct as its first member. */
struct stream {
	int (*read)(struct stream *stream, void *data, size_t size, size_t *got,
		    struct err *err);
	void (*close)(struct stream *stream);
};

/*
 * Reads up to `size` bytes into `data`; *got is how many, 0 at the end. `size`
 * is not 0.
 */
int stream_read(struct stream *stream, void *data, size_t size, size_t *got,
		struct err *err) MUST_CHECK;

/* Appends the rest of the stream to `out`; `what` is as for buf_check(). */
int stream_read_all(struct stream *stream, struct buf *out, const char *what,
		    struct err *err) MUST_CHECK;

/* Closes the stream and frees it; NULL is allowed. */
void stream_close(struct stream *stream);

/*
 * The regular file at `path`, as file_read() has it: anything else is an
 * error, D1_ENOTFOUND if nothing is there. `flags` is of enum file_flag.
 */
int stream_open_file(struct stream **stream, const char *path,
		     unsigned int flags, struct err *err) MUST_CHECK;

/*
 * The rest of the open file `fd`, which is taken, also if this fails. `path` is
 * what messages call it.
 */
int stream_take_fd(struct stream **stream, int fd, const char *path,
		   struct err *err) MUST_CHECK;

/* The bytes at `data`, which are borrowed. */
int stream_open_bytes(struct stream **stream, const void *data, size_t size,
		      struct err *err) MUST_CHECK;

/*
 * What the child writes to standard output, while it runs. `output`, `errors`,
 * `input` and `timeout` of the child are not used; it gets no input. At the end
 * an exit status that is not 0 is D1_ERROR with what it wrote to standard
 * error. Closing the stream before the end ends the child.
 */
int stream_open_child(struct stream **stream, const struct child *child,
		      struct err *err) MUST_CHECK;

#endif
