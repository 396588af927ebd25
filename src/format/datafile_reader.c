#include "config.h"

#include "format/datafile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/dataline.h"
#include "util/lines.h"

struct datafile {
	struct lines lines;
	const char *text; /* the line last read */
	size_t size;

	struct arena arena; /* the name, the header, the array of cells */
	const char *name;
	struct datafile_header header;
	struct dataline_prefix prefix;
	const struct buf *used; /* the one of all rows, NULL before the first */
	struct buf head;	/* the header's lines, as they stand there */

	struct arena row_arena;
	struct value *cells;
	struct row row;
	bool has_row;	    /* the line last read is `row` */
	struct buf written; /* as it is written */
};

/* Puts file and line before the message of the error. */
static int locate(const struct datafile *file, struct err *err)
{
	uint64_t number = file->lines.number;

	return err_context(err, "%s:%" PRIu64, file->name, number ? number : 1);
}

/* Reads the next line; file->text is NULL after the last one. */
static int read_line(struct datafile *file, struct err *err)
{
	file->has_row = false;
	if (lines_next(&file->lines, &file->text, &file->size, err) < 0)
		return err->code;
	if (!file->text || file->lines.complete ||
	    dataline_refuse_any(file->text, file->size, err) < 0)
		return err->code;
	return err_set(err, D1_ERROR,
		       "the last line does not end in LF: the file was cut off "
		       "or edited");
}

/* ---- the header ---- */

static int read_header_line(struct datafile *file, struct err *err)
{
	if (read_line(file, err) < 0)
		return err->code;
	if (!file->text)
		return err_set(err, D1_ERROR,
			       file->lines.number
				       ? "the file ends in its header"
				       : "the file is empty");
	if (dataline_refuse_any(file->text, file->size, err) < 0)
		return err->code;
	buf_add(&file->head, file->text, file->size);
	buf_add_char(&file->head, '\n');
	return buf_check(&file->head, "the header", err);
}

static bool line_is(const struct datafile *file, const char *expected)
{
	return file->size == strlen(expected) &&
	       memcmp(file->text, expected, file->size) == 0;
}

static int read_header(struct datafile *file, struct err *err)
{
	if (read_header_line(file, err) < 0)
		return err->code;
	if (!line_is(file, DATALINE_MAGIC DATALINE_VERSION))
		return dataline_refuse_magic(file->text, file->size, err);
	if (read_header_line(file, err) < 0 ||
	    dataline_read_header(&file->header, file->text, file->size,
				 &file->arena, err) < 0)
		return err->code;
	if (read_header_line(file, err) < 0)
		return err->code;
	if (!line_is(file, DATALINE_PRAGMA))
		return err_set(err, D1_ERROR,
			       "the line is not '" DATALINE_PRAGMA "'");
	return 0;
}

int datafile_open(struct datafile **file, struct stream *stream,
		  const char *name, struct err *err)
{
	struct datafile *self = calloc(1, sizeof(*self));

	if (!self) {
		stream_close(stream);
		return err_set_nomem(err);
	}
	lines_init(&self->lines, stream, DATAFILE_MAX_LINE);
	buf_init(&self->head, SIZE_MAX);
	buf_init(&self->written, SIZE_MAX);
	self->name = arena_string(&self->arena, name);
	if (!self->name) {
		err_set_nomem(err);
		goto out;
	}
	if (read_header(self, err) < 0) {
		locate(self, err);
		goto out;
	}
	self->cells = arena_array(&self->arena, self->header.ncolumns,
				  sizeof(*self->cells));
	if (!self->cells) {
		err_set_nomem(err);
		goto out;
	}
	self->row.cells = self->cells;
	self->row.ncells = self->header.ncolumns;
	(void)!dataline_prefix_init(&self->prefix, &self->header, err);
out:
	if (err->code)
		datafile_close(self);
	else
		*file = self;
	return err->code;
}

void datafile_close(struct datafile *file)
{
	if (!file)
		return;
	lines_release(&file->lines);
	dataline_prefix_release(&file->prefix);
	buf_release(&file->head);
	buf_release(&file->written);
	arena_release(&file->row_arena);
	arena_release(&file->arena);
	free(file);
}

const char *datafile_name(const struct datafile *file)
{
	return file->name;
}

const struct datafile_header *datafile_header(const struct datafile *file)
{
	return &file->header;
}

/* ---- rows ---- */

/*
 * Passes over the start of the row in the line; *start is where its values
 * begin. The first row tells how all of them begin.
 */
static int read_prefix(struct datafile *file, size_t *start, struct err *err)
{
	const struct buf *used = file->used;

	if (!used)
		used = dataline_find_prefix(&file->prefix, file->text,
					    file->size);
	if (!used || file->size < used->len ||
	    memcmp(file->text, used->data, used->len) != 0)
		return dataline_refuse_prefix(&file->header, &file->prefix,
					      used, file->text, file->size,
					      err);
	if (!file->used) {
		file->used = used;
		file->header.explicit_columns = used == &file->prefix.listed;
	}
	*start = used->len;
	return 0;
}

int datafile_next(struct datafile *file, const struct row **row,
		  struct err *err)
{
	size_t start = 0;

	*row = NULL;
	if (read_line(file, err) < 0 ||
	    (file->text && read_prefix(file, &start, err) < 0))
		return locate(file, err);
	if (!file->text)
		return 0;
	arena_clear(&file->row_arena);
	if (!dataline_read_values(&file->header, file->cells,
				  file->text + start, file->size - start,
				  &file->row_arena)) {
		dataline_refuse_values(&file->header, file->cells,
				       file->text + start, file->size - start,
				       &file->row_arena, err);
		return locate(file, err);
	}
	file->has_row = true;
	*row = &file->row;
	return 0;
}

int datafile_skip(struct datafile *file, bool *more, struct err *err)
{
	size_t start = 0;

	*more = false;
	if (read_line(file, err) < 0 ||
	    (file->text && read_prefix(file, &start, err) < 0))
		return locate(file, err);
	if (!file->text)
		return 0;
	if (file->size - start < 3 ||
	    memcmp(file->text + file->size - 2, ");", 2) != 0) {
		if (dataline_refuse_any(file->text, file->size, err) == 0)
			err_set(err, D1_ERROR, "the row does not end in ');'");
		return locate(file, err);
	}
	*more = true;
	return 0;
}

uint64_t datafile_line(const struct datafile *file)
{
	return file->lines.number;
}

const char *datafile_text(const struct datafile *file, size_t *size)
{
	*size = file->size;
	return file->text;
}

bool datafile_is_canonical(struct datafile *file)
{
	struct buf *written = &file->written;
	const char *text = file->has_row ? file->text : file->head.data;
	/* the line that was read has no LF */
	size_t size = file->has_row ? file->size : file->head.len - 1;

	buf_clear(written);
	written->max = size + 1; /* what is longer is not the same */
	if (file->has_row)
		datafile_add_row(written, file->used, &file->row);
	else
		datafile_add_header(written, &file->header);
	return !written->failed && written->len == size + 1 &&
	       memcmp(written->data, text, size) == 0;
}
