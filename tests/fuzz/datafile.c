/*
 * Fuzz target for the data files of snapshots (format/datafile.h).
 *
 * Any bytes: what could be read of them, written, reads the same, is canonical,
 * and each of its lines reads the same alone. Read byte by byte they say the
 * same, with the same error. The bytes after a good header, as one line, are a
 * row or an error.
 *
 * Seeds are in tests/fuzz/corpus/datafile.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/datafile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A stream that gives one byte at a time, of bytes that are borrowed. */
struct slow_stream {
	struct stream stream;
	const char *data;
	size_t size;
};

static int slow_read(struct stream *stream, void *data, size_t size,
		     size_t *got, struct err *err)
{
	struct slow_stream *self = (struct slow_stream *)stream;

	(void)size;
	(void)err;
	*got = self->size > 0;
	if (*got) {
		*(char *)data = *self->data++;
		self->size--;
	}
	return 0;
}

static void slow_close(struct stream *stream)
{
	free(stream);
}

static struct stream *open_stream(const char *data, size_t size, bool slow)
{
	struct err err = ERR_INIT;
	struct slow_stream *self;
	struct stream *stream;

	if (!slow) {
		if (stream_open_bytes(&stream, data, size, &err) < 0)
			abort();
		return stream;
	}
	self = calloc(1, sizeof(*self));
	if (!self)
		abort();
	self->stream.read = slow_read;
	self->stream.close = slow_close;
	self->data = data;
	self->size = size;
	return &self->stream;
}

static void check_alone(struct datafile *file, const struct row *row)
{
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct row same;
	size_t size;
	const char *text = datafile_text(file, &size);

	if (datafile_read_line(datafile_header(file), text, size, &same, &arena,
			       &err) < 0 ||
	    same.ncells != row->ncells)
		abort();
	for (size_t i = 0; i < row->ncells; i++)
		if (!value_equal(&same.cells[i], &row->cells[i]))
			abort();
	arena_release(&arena);
}

/* Reads the file and writes what it holds. `canonical`: it must be that. */
static void copy(struct buf *out, const char *data, size_t size, bool slow,
		 bool canonical, struct err *err)
{
	struct datafile *file;
	const struct row *row;
	struct buf prefix;

	buf_init(&prefix, SIZE_MAX);
	if (datafile_open(&file, open_stream(data, size, slow), "fuzz", err) <
	    0)
		return;
	if (canonical && !datafile_is_canonical(file))
		abort();
	datafile_add_header(out, datafile_header(file));
	while (datafile_next(file, &row, err) == 0 && row) {
		if (canonical && !datafile_is_canonical(file))
			abort();
		if (!prefix.data)
			datafile_add_prefix(&prefix, datafile_header(file));
		datafile_add_row(out, &prefix, row);
		check_alone(file, row);
	}
	if (out->failed || (canonical && err->code))
		abort();
	buf_release(&prefix);
	datafile_close(file);
}

static void check_line(const char *data, size_t size)
{
	static const char *const columns[] = { "a", "b" };
	static const size_t masked[] = { 1 };
	const struct datafile_header header = {
		.table = "t",
		.columns = columns,
		.ncolumns = 2,
		.masked = masked,
		.nmasked = 1,
	};
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct row row;

	if (datafile_read_line(&header, data, size, &row, &arena, &err) < 0 &&
	    !*err.message)
		abort();
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct err err = ERR_INIT;
	struct err slow_err = ERR_INIT;
	struct err same_err = ERR_INIT;
	struct buf out, slow, same;

	buf_init(&out, SIZE_MAX);
	buf_init(&slow, SIZE_MAX);
	buf_init(&same, SIZE_MAX);
	copy(&out, text, size, false, false, &err);
	copy(&slow, text, size, true, false, &slow_err);
	if (strcmp(err.message, slow_err.message) != 0 || out.len != slow.len ||
	    (out.len > 0 && memcmp(out.data, slow.data, out.len) != 0))
		abort();
	if (out.len > 0) {
		copy(&same, out.data, out.len, false, true, &same_err);
		if (same.len != out.len ||
		    memcmp(same.data, out.data, out.len) != 0)
			abort();
	}
	check_line(text, size);
	buf_release(&out);
	buf_release(&slow);
	buf_release(&same);
	return 0;
}
