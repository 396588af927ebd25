#include "config.h"

#include "workspace/conflicts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/dataline.h"
#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "util/file.h"
#include "util/replacement.h"

enum { MAX_LABEL = 512 };

void conflicts_release(struct conflicts *conflicts)
{
	free(conflicts->items);
	arena_release(&conflicts->arena);
	memset(conflicts, 0, sizeof(*conflicts));
}

/* ---- what a conflict is about ---- */

/* Adds the conflict that begins with this line; NULL if out of memory. */
static struct conflict *add_conflict(struct conflicts *self, uint64_t line)
{
	struct conflict *conflict;

	if (self->count == self->capacity) {
		size_t capacity = self->capacity ? 2 * self->capacity : 16;
		struct conflict *items =
			reallocarray(self->items, capacity, sizeof(*items));

		if (!items)
			return NULL;
		self->items = items;
		self->capacity = capacity;
	}
	conflict = &self->items[self->count];
	memset(conflict, 0, sizeof(*conflict));
	conflict->label = arena_format(&self->arena, "line %" PRIu64, line);
	if (!conflict->label)
		return NULL;
	self->count++;
	return conflict;
}

void conflict_add_label(struct buf *label, const struct datafile_header *header,
			const struct row *row)
{
	size_t count = header->nkey ? header->nkey : header->ncolumns;

	for (size_t i = 0; i < count; i++) {
		size_t cell = header->nkey ? header->key[i] : i;
		size_t start;

		buf_add_string(label, i > 0 ? " " : "");
		name_add(label, header->columns[cell]);
		buf_add_char(label, '=');
		start = label->len;
		literal_add(label, &row->cells[cell]);
		abbrev_literal(label, start, &row->cells[cell], NULL);
	}
}

/* What does not fit into the label is left out. */
static int take_label(struct conflicts *self, struct conflict *conflict,
		      const struct row *row, struct err *err)
{
	struct buf label;

	buf_init(&label, MAX_LABEL);
	buf_add_string(&label, "");
	conflict_add_label(&label, &self->header, row);
	if (!label.data) {
		err_set_nomem(err);
	} else if (conflict->has_row) {
		conflict->more |= strcmp(conflict->label, label.data) != 0;
	} else {
		conflict->has_row = true;
		conflict->label = arena_string(&self->arena, label.data);
		if (!conflict->label)
			err_set_nomem(err);
	}
	buf_release(&label);
	return err->code;
}

static bool has_key(const struct datafile_header *header, const struct row *row,
		    const struct key_values *key)
{
	if (key->count != header->nkey)
		return false;
	for (size_t i = 0; i < key->count; i++) {
		const struct value *cell = &row->cells[header->key[i]];

		if (value_compare(cell, &key->values[i], COLLATION_BINARY) &&
		    value_compare(cell, &key->texts[i], COLLATION_BINARY))
			return false;
	}
	return true;
}

/* Looks at a line of a conflict; one that is no row tells nothing. */
static int look_at_line(struct conflicts *self, struct conflict *conflict,
			const struct conflict_line *line,
			const struct key_values *key, struct err *err)
{
	struct arena arena = ARENA_INIT;
	struct err none = ERR_INIT;
	struct row row;

	if (datafile_read_line(&self->header, line->text, line->size, &row,
			       &arena, &none) == 0) {
		if (key && has_key(&self->header, &row, key))
			conflict->chosen = true;
		(void)!take_label(self, conflict, &row, err);
	} else if (none.code == D1_ENOMEM) {
		err_set_nomem(err);
	}
	arena_release(&arena);
	return err->code;
}

/* The head tells how to read a row; it may be in conflict itself. */
static int read_header(struct conflicts *self, const struct conflict_line *line,
		       struct err *err)
{
	struct err none = ERR_INIT;

	if (line->number != 2 || line->part != CONFLICT_NONE)
		return 0;
	self->has_header =
		dataline_read_header(&self->header, line->text, line->size,
				     &self->arena, &none) == 0;
	return none.code == D1_ENOMEM ? err_set_nomem(err) : 0;
}

/* ---- reading ---- */

static int open_lines(struct conflictfile **file, const struct conflicts *self,
		      struct err *err)
{
	struct stream *stream;

	if (stream_open_file(&stream, self->path, FILE_NO_SYMLINK, err) < 0)
		return err->code;
	return conflictfile_open(file, stream, self->shown_path, err);
}

static int look(struct conflicts *self, const struct conflict_line *line,
		const struct key_values *key, struct err *err)
{
	if (read_header(self, line, err) < 0 || line->part == CONFLICT_NONE)
		return err->code;
	if (line->conflict > self->count) {
		struct conflict *conflict = add_conflict(self, line->number);

		if (!conflict)
			return err_set_nomem(err);
		conflict->chosen = !key;
		return 0;
	}
	if (line->is_marker || !self->has_header)
		return 0;
	return look_at_line(self, &self->items[self->count - 1], line, key,
			    err);
}

int conflicts_find(struct conflicts *conflicts, const char *path,
		   const char *shown_path, const struct key_values *key,
		   struct err *err)
{
	struct conflictfile *file = NULL;
	struct conflict_line line;

	memset(conflicts, 0, sizeof(*conflicts));
	conflicts->path = path;
	conflicts->shown_path = shown_path;
	if (open_lines(&file, conflicts, err) < 0)
		return err->code;
	while (conflictfile_next(file, &line, err) == 0 && line.text)
		if (look(conflicts, &line, key, err) < 0)
			break;
	conflictfile_close(file);
	for (size_t i = 0; i < conflicts->count; i++)
		conflicts->nchosen += conflicts->items[i].chosen;
	return err->code;
}

/* ---- writing ---- */

static bool is_kept(const struct conflicts *self,
		    const struct conflict_line *line, enum conflict_part side)
{
	if (line->part == CONFLICT_NONE ||
	    !self->items[line->conflict - 1].chosen)
		return true;
	return !line->is_marker && line->part == side;
}

static int write_line(struct replacement *out, const struct conflict_line *line,
		      struct err *err)
{
	if (replacement_write(out, line->text, line->size, err) < 0 ||
	    !line->complete)
		return err->code;
	return replacement_write(out, "\n", 1, err);
}

static int write_lines(const struct conflicts *self, enum conflict_part side,
		       struct replacement *out, struct err *err)
{
	struct conflictfile *file = NULL;
	struct conflict_line line;

	if (open_lines(&file, self, err) < 0)
		return err->code;
	while (conflictfile_next(file, &line, err) == 0 && line.text) {
		if (line.conflict > self->count) {
			err_set(err, D1_ECONFLICT, "'%s' was changed meanwhile",
				self->shown_path);
			break;
		}
		if (is_kept(self, &line, side) &&
		    write_line(out, &line, err) < 0)
			break;
	}
	conflictfile_close(file);
	return err->code;
}

int conflicts_take(const struct conflicts *conflicts, enum conflict_part side,
		   struct err *err)
{
	struct replacement *out;

	if (replacement_open(&out, conflicts->path, err) < 0)
		return err->code;
	if (write_lines(conflicts, side, out, err) == 0)
		(void)!replacement_publish(out, err);
	replacement_close(out);
	return err->code;
}
