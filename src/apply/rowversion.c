#include "config.h"

#include "apply/rowversion.h"

#include <stdlib.h>
#include <string.h>

#include "apply/defaults.h"
#include "format/datafile.h"
#include "source/scratch.h"
#include "source/sqlite.h"
#include "util/glob.h"

/* The rows of the file, with what it lacks. */
struct version_rows {
	struct cursor cursor;
	struct datafile *file;
	struct arena arena;
	size_t *places; /* in the file, of each cell; its ncolumns: none */
	struct value *cells;
	struct row row;
	/* cells whose masks are to be made, and the names of their columns */
	size_t *plain;
	const char **names;
	size_t nplain;
};

void row_version_reader_init(struct row_version_reader *reader,
			     const struct row_identity *identity)
{
	*reader = (struct row_version_reader){ .identity = identity };
}

void row_version_reader_release(struct row_version_reader *reader)
{
	arena_release(&reader->arena);
	reader->defaults = NULL;
}

/* ---- columns that a version lacks ---- */

/* The table as it is wanted, on the side that tells how it is made. */
static const struct table *find_definition(const struct table_pair *pair)
{
	for (int side = NEW; side >= OLD; side--) {
		const struct table *table = pair->sides[side].table;

		if (table && table->sql && table->kind == TABLE_PLAIN)
			return table;
	}
	return NULL;
}

static int note_default(void *context, const char *column,
			const struct value *value, struct err *err)
{
	struct row_version_reader *reader = context;
	const struct row_identity *identity = reader->identity;

	(void)err;
	for (size_t i = 0; i < identity->ncells; i++)
		if (name_equal(row_identity_column(identity, i)->name, column))
			reader->defaults[i] = value;
	return 0;
}

static int find_defaults(struct row_version_reader *reader,
			 const struct table *table, struct scratch *scratch,
			 struct err *err)
{
	static const char name[] = "the table's definition";
	const struct script_statement definition = { .text = table->sql,
						     .size = strlen(table->sql),
						     .line = 1 };
	struct source *source;

	if (scratch_define(scratch, &definition, name, err) < 0 ||
	    sqlite_wrap(&source, scratch_handle(scratch),
			SQLITE_HANDLE_BORROWED, name, err) < 0)
		return err->code;
	(void)!source_defaults(source, table->name, &reader->arena,
			       note_default, reader, err);
	source_close(source);
	return err->code;
}

/* A definition that cannot be run here tells no defaults. */
static int prepare_defaults(struct row_version_reader *reader, struct err *err)
{
	const struct row_identity *identity = reader->identity;
	const struct table *table = find_definition(identity->pair);
	struct err unusable = ERR_INIT;
	struct scratch *scratch = NULL;

	if (reader->defaults)
		return 0;
	reader->defaults = arena_array(&reader->arena, identity->ncells + 1,
				       sizeof(*reader->defaults));
	if (!reader->defaults)
		return err_set_nomem(err);
	if (table && scratch_open(&scratch, err) == 0 &&
	    find_defaults(reader, table, scratch, &unusable) < 0)
		memset(reader->defaults, 0,
		       identity->ncells * sizeof(*reader->defaults));
	scratch_close(scratch);
	return unusable.code == D1_ENOMEM ? err_set_nomem(err) : err->code;
}

/* ---- the cells of a version ---- */

static bool has_key_columns(const struct version_rows *self,
			    const struct row_identity *identity)
{
	const struct datafile_header *header = datafile_header(self->file);

	for (size_t i = 0; i < identity->pair->nkey; i++)
		if (self->places[identity->key[i]] == header->ncolumns)
			return false;
	return true;
}

/* Finds each cell in the file, or what it holds in every row. */
static int place_cells(struct version_rows *self,
		       struct row_version_reader *reader, bool *whole,
		       struct err *err)
{
	const struct row_identity *identity = reader->identity;
	const struct datafile_header *header = datafile_header(self->file);
	const struct mask_key *key = identity->pair->mask_key;

	for (size_t i = 0; i < identity->ncells; i++) {
		const char *name = row_identity_column(identity, i)->name;
		size_t place = datafile_column(header, name);

		self->places[i] = place;
		if (place == header->ncolumns) {
			if (prepare_defaults(reader, err) < 0)
				return err->code;
			if (reader->defaults[i])
				self->cells[i] = *reader->defaults[i];
			else
				*whole = false;
		}
		if (!row_identity_is_masked(identity, i) ||
		    datafile_is_masked(header, place))
			continue;
		self->names[self->nplain] = name;
		self->plain[self->nplain++] = i;
		if (!key || key->size == 0)
			*whole = false;
	}
	return 0;
}

static int next_row(struct cursor *cursor, const struct row **row,
		    struct err *err)
{
	struct version_rows *self = (struct version_rows *)cursor;
	const struct row *read;

	*row = NULL;
	if (datafile_next(self->file, &read, err) < 0 || !read)
		return err->code;
	for (size_t i = 0; i < self->row.ncells; i++)
		if (self->places[i] < read->ncells)
			self->cells[i] = read->cells[self->places[i]];
	*row = &self->row;
	return 0;
}

static void close_rows(struct cursor *cursor)
{
	struct version_rows *self = (struct version_rows *)cursor;

	datafile_close(self->file);
	arena_release(&self->arena);
	free(self);
}

/* ---- opening ---- */

static int make_room(struct version_rows *self, size_t ncells, struct err *err)
{
	struct arena *arena = &self->arena;

	self->places = arena_array(arena, ncells + 1, sizeof(*self->places));
	self->cells = arena_array(arena, ncells + 1, sizeof(*self->cells));
	self->plain = arena_array(arena, ncells + 1, sizeof(*self->plain));
	self->names = arena_array(arena, ncells + 1, sizeof(*self->names));
	if (!self->places || !self->cells || !self->plain || !self->names)
		return err_set_nomem(err);
	self->row = (struct row){ self->cells, ncells };
	return 0;
}

static int open_masked(struct cursor **rows, struct version_rows *self,
		       const struct table_pair *pair, struct err *err)
{
	*rows = NULL;
	return mask_cursor(rows, &self->cursor, pair->mask_key,
			   pair->sides[pair_named_side(pair)].table->name,
			   self->names, self->plain, self->nplain, err);
}

int row_version_open(struct cursor **rows, enum row_version_use *use,
		     struct row_version_reader *reader, struct stream *stream,
		     const char *name, struct err *err)
{
	const struct row_identity *identity = reader->identity;
	struct version_rows *self = calloc(1, sizeof(*self));
	bool whole = true;

	*rows = NULL;
	*use = ROW_VERSION_NOTHING;
	if (!self) {
		stream_close(stream);
		return err_set_nomem(err);
	}
	self->cursor.next = next_row;
	self->cursor.close = close_rows;
	if (datafile_open(&self->file, stream, name, err) < 0 ||
	    make_room(self, identity->ncells, err) < 0 ||
	    place_cells(self, reader, &whole, err) < 0 ||
	    !has_key_columns(self, identity)) {
		close_rows(&self->cursor);
		return err->code;
	}
	*use = whole ? ROW_VERSION_ROWS : ROW_VERSION_KEYS;
	if (whole && self->nplain > 0)
		return open_masked(rows, self, identity->pair, err);
	*rows = &self->cursor;
	return 0;
}
