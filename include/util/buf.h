/*
 * A growing byte buffer with a maximum.
 *
 * The data may hold NUL bytes; one NUL that `len` does not count always
 * follows it once anything was added. A failed append (out of memory, or the
 * maximum would be passed) leaves the contents alone and is remembered:
 * further appends do nothing, and buf_check() reports it. So a writer can
 * append many pieces and ask once.
 *
 * `data` is NULL until the first append.
 */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"
#include "util/err.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* bytes, the final NUL not counted */
	bool failed;
	bool nomem; /* why it failed: no memory, not the maximum */
};

/* Makes an empty buffer of at most `max` bytes, without allocating. */
void buf_init(struct buf *buf, size_t max);

/* Frees the contents. The buffer is empty afterwards and usable again. */
void buf_release(struct buf *buf);

/* Empties the buffer and forgets a failure; keeps the memory. */
void buf_clear(struct buf *buf);

/* Cuts the contents to the first `len` bytes; `len` <= buf->len. */
void buf_truncate(struct buf *buf, size_t len);

/*
 * Appends `size` bytes of unknown content and returns where they start, to be
 * filled by the caller at once; NULL if the append failed.
 */
char *buf_extend(struct buf *buf, size_t size);

void buf_add(struct buf *buf, const void *data, size_t size);

/* Inline, since a row is written with one of them for each cell. */
static inline void buf_add_char(struct buf *buf, char c)
{
	if (buf->failed || buf->len >= buf->max || buf->len + 1 >= buf->cap) {
		buf_add(buf, &c, 1);
		return;
	}
	buf->data[buf->len++] = c;
	buf->data[buf->len] = '\0';
}

void buf_add_string(struct buf *buf, const char *string);
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends the bytes as lower case hexadecimal digits, two a byte. */
void buf_add_hex(struct buf *buf, const void *data, size_t size);

/*
 * 0, or an error that says that `what` ("a row", "the reply of the server")
 * is too long or memory ran out.
 */
int buf_check(const struct buf *buf, const char *what,
	      struct err *err) MUST_CHECK;

/*
 * Moves the contents out as a string that the caller frees, and leaves the
 * buffer empty. NULL if out of memory.
 */
char *buf_take(struct buf *buf) MUST_CHECK;

#endif
