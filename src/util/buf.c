#include "config.h"

#include "util/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/hex.h"

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
	buf->failed = false;
	buf->nomem = false;
	buf_truncate(buf, 0);
}

void buf_truncate(struct buf *buf, size_t len)
{
	buf->len = len;
	if (buf->data)
		buf->data[len] = '\0';
}

/* Makes room for `size` more bytes and the final NUL. */
static bool reserve(struct buf *buf, size_t size)
{
	size_t need, cap;
	char *data;

	if (buf->failed)
		return false;
	if (size > buf->max - buf->len)
		goto fail;
	need = buf->len + size + 1;
	if (need <= buf->cap)
		return true;
	cap = buf->cap ? buf->cap : 64;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	data = realloc(buf->data, cap);
	if (!data) {
		buf->nomem = true;
		goto fail;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
fail:
	buf->failed = true;
	return false;
}

char *buf_extend(struct buf *buf, size_t size)
{
	char *start;

	if (!reserve(buf, size))
		return NULL;
	start = buf->data + buf->len;
	buf_truncate(buf, buf->len + size);
	return start;
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
	char *start = buf_extend(buf, size);

	if (start && size)
		memcpy(start, data, size);
}

void buf_add_string(struct buf *buf, const char *string)
{
	buf_add(buf, string, strlen(string));
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
	char few[128]; /* most is no longer, and then written once */
	va_list args;
	char *start;
	int size;

	va_start(args, format);
	size = vsnprintf(few, sizeof(few), format, args);
	va_end(args);
	if (size < 0) {
		buf->failed = true;
		return;
	}
	start = buf_extend(buf, (size_t)size);
	if (!start)
		return;
	if ((size_t)size < sizeof(few)) {
		memcpy(start, few, (size_t)size);
		return;
	}
	va_start(args, format);
	vsnprintf(start, (size_t)size + 1, format, args);
	va_end(args);
}

void buf_add_hex(struct buf *buf, const void *data, size_t size)
{
	char *start;

	if (size > SIZE_MAX / 2) {
		buf->failed = true;
		return;
	}
	start = buf_extend(buf, size * 2);
	if (start)
		hex_encode(start, data, size);
}

int buf_check(const struct buf *buf, const char *what, struct err *err)
{
	if (!buf->failed)
		return 0;
	if (buf->nomem)
		return err_set_nomem(err);
	return err_set(err, D1_ERROR, "%s is larger than %zu bytes", what,
		       buf->max);
}

char *buf_take(struct buf *buf)
{
	char *data = buf->data;

	if (buf->failed)
		return NULL;
	if (!data)
		data = calloc(1, 1);
	else
		buf->data = NULL;
	buf_release(buf);
	return data;
}
