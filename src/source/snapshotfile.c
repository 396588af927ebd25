#include "config.h"

#include "source/snapshotfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/filename.h"
#include "util/path.h"

enum { HEADER_LINE = 2 }; /* the one that names table and columns */

/* What the load puts into a column that is not in the file. */
enum filler { FILL_NULL, FILL_NUMBER, FILL_TEXT, FILL_BLOB };

static int refuse_header(const struct snapshotfile *file, struct err *err)
{
	return err_context(err, "%s:%d", file->path, HEADER_LINE);
}

/* ---- the header against the definition ---- */

static int check_table(const struct snapshotfile *file,
		       const struct table *defined,
		       const struct datafile_header *header, struct err *err)
{
	struct buf name;

	if (!defined) {
		err_set(err, D1_ERROR, "schema.sql has no table '%s'",
			header->table);
		return err_hint(err, "remove the file, or write the snapshot "
				     "anew: git d1 snapshot");
	}
	if (defined->kind != TABLE_PLAIN && defined->kind != TABLE_VIRTUAL)
		return err_set(err, D1_ERROR,
			       "'%s' holds no rows of its own: %s",
			       header->table, defined->reason);
	buf_init(&name, 4096);
	if (filename_add(&name, header->table, err) == 0 &&
	    buf_check(&name, "a file name", err) == 0 &&
	    strcmp(name.data, path_basename(file->path)) != 0)
		err_set(err, D1_ERROR,
			"the file of table '%s' must be called '%s'",
			header->table, name.data);
	buf_release(&name);
	return err->code;
}

/* Finds the columns of the file in the table. */
static int match_columns(struct snapshotfile *file, const struct table *defined,
			 const struct datafile_header *header,
			 struct arena *arena, struct err *err)
{
	size_t *columns =
		arena_array(arena, header->ncolumns + 1, sizeof(*columns));

	if (!columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < header->ncolumns; i++) {
		const char *name = header->columns[i];

		columns[i] = table_column(defined, name);
		if (columns[i] == defined->ncolumns)
			return err_set(err, D1_ERROR,
				       "table '%s' has no column '%s' in "
				       "schema.sql",
				       defined->name, name);
		if (defined->columns[columns[i]].generated)
			return err_set(err, D1_ERROR,
				       "column '%s' is generated, and has no "
				       "values to store",
				       name);
	}
	file->layout.columns = columns;
	file->layout.ncolumns = header->ncolumns;
	return 0;
}

static int match_key(struct snapshotfile *file, const struct table *defined,
		     const struct datafile_header *header, struct arena *arena,
		     struct err *err)
{
	enum collation *collations =
		arena_array(arena, header->nkey + 1, sizeof(*collations));
	size_t *columns =
		arena_array(arena, header->nkey + 1, sizeof(*columns));
	struct key *key = &file->layout.key;

	if (!columns || !collations)
		return err_set_nomem(err);
	for (size_t i = 0; i < header->nkey; i++)
		columns[i] = file->layout.columns[header->key[i]];
	table_key_collations(defined, columns, header->nkey, collations);
	key->columns = columns;
	key->collations = collations;
	key->count = header->nkey;
	return 0;
}

static bool is_in_file(const struct snapshotfile *file, size_t column)
{
	for (size_t i = 0; i < file->layout.ncolumns; i++)
		if (file->layout.columns[i] == column)
			return true;
	return false;
}

static int copy_table(const struct snapshotfile *file, struct table *table,
		      const struct table *defined,
		      const struct datafile_header *header, struct arena *arena,
		      struct err *err)
{
	size_t count = defined->ncolumns;

	*table = *defined;
	table->columns = arena_array(arena, count + 1, sizeof(struct column));
	if (!table->columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct column *column = &table->columns[i];

		*column = defined->columns[i];
		column->absent = column->generated;
		if (column->generated)
			column->unreadable = NULL;
		else if (!is_in_file(file, i))
			column->unreadable = "the snapshot leaves it out";
	}
	for (size_t i = 0; i < header->nmasked; i++)
		table->columns[file->layout.columns[header->masked[i]]].masked =
			true;
	if (header->nmasked > 0) {
		table->mask_key_id = arena_string(arena, header->key_id);
		if (!table->mask_key_id)
			return err_set_nomem(err);
	}
	return 0;
}

int snapshotfile_fit(struct snapshotfile *file, struct table *table,
		     const struct table *defined,
		     const struct datafile_header *header, struct arena *arena,
		     struct err *err)
{
	if (check_table(file, defined, header, err) < 0 ||
	    match_columns(file, defined, header, arena, err) < 0 ||
	    match_key(file, defined, header, arena, err) < 0 ||
	    copy_table(file, table, defined, header, arena, err) < 0)
		return refuse_header(file, err);
	return 0;
}

/* ---- loading ---- */

/*
 * A column that is not in the file stays NULL if it may; else each row gets a
 * value of its own, for a UNIQUE index may be on it. Nobody reads it.
 */
static enum filler choose_filler(const struct column *column)
{
	if (!column->not_null)
		return FILL_NULL;
	if (column->affinity == AFFINITY_TEXT)
		return FILL_TEXT;
	return strcasecmp(column->type, "BLOB") == 0 ? FILL_BLOB : FILL_NUMBER;
}

/* The rows as the table takes them. */
struct snapshotfile_load {
	struct arena arena;
	struct scratch_insert *insert;
	const char **names;
	enum filler *fillers; /* of the cells behind those of the file */
	struct value *cells;
	size_t count;
	char number[24]; /* of the row, for fillers */
};

static int plan_load(struct snapshotfile_load *load,
		     const struct snapshotfile *file, const struct table *table,
		     struct err *err)
{
	size_t most = table->ncolumns + 1;
	size_t count = file->layout.ncolumns;

	load->names = arena_array(&load->arena, most, sizeof(*load->names));
	load->fillers = arena_array(&load->arena, most, sizeof(*load->fillers));
	load->cells = arena_array(&load->arena, most, sizeof(*load->cells));
	if (!load->names || !load->fillers || !load->cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct column *column =
			&table->columns[file->layout.columns[i]];

		load->names[i] = column->rowid ? table->rowid : column->name;
	}
	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct column *column = &table->columns[i];
		enum filler filler = choose_filler(column);

		if (column->generated || filler == FILL_NULL ||
		    is_in_file(file, i))
			continue;
		load->names[count] = column->name;
		load->fillers[count++] = filler;
	}
	load->count = count;
	return 0;
}

static void fill(struct snapshotfile_load *load, size_t from, uint64_t number)
{
	int size = snprintf(load->number, sizeof(load->number), "%" PRIu64,
			    number);

	for (size_t i = from; i < load->count; i++) {
		struct value *cell = &load->cells[i];

		if (load->fillers[i] == FILL_NUMBER) {
			cell->type = VALUE_INTEGER;
			cell->integer = (int64_t)number;
			continue;
		}
		cell->type =
			load->fillers[i] == FILL_TEXT ? VALUE_TEXT : VALUE_BLOB;
		cell->data = load->number;
		cell->size = (size_t)size;
	}
}

int snapshotfile_load_open(struct snapshotfile_load **load,
			   const struct snapshotfile *file,
			   const struct table *table, struct scratch *scratch,
			   struct err *err)
{
	struct snapshotfile_load *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	if (plan_load(self, file, table, err) < 0 ||
	    scratch_insert_open(&self->insert, scratch, table->name,
				self->names, self->count, err) < 0)
		snapshotfile_load_close(self);
	else
		*load = self;
	return err->code;
}

int snapshotfile_load_row(struct snapshotfile_load *load, const struct row *row,
			  uint64_t number, struct err *err)
{
	const struct row whole = { load->cells, load->count };

	if (load->count == row->ncells)
		return scratch_insert_row(load->insert, row, err);
	memcpy(load->cells, row->cells, row->ncells * sizeof(*load->cells));
	fill(load, row->ncells, number);
	return scratch_insert_row(load->insert, &whole, err);
}

void snapshotfile_load_close(struct snapshotfile_load *load)
{
	if (!load)
		return;
	scratch_insert_close(load->insert);
	arena_release(&load->arena);
	free(load);
}

int snapshotfile_load(const struct snapshotfile *file,
		      const struct table *table, struct datafile *rows,
		      struct scratch *scratch, struct err *err)
{
	struct snapshotfile_load *load = NULL;
	const struct row *row;

	if (snapshotfile_load_open(&load, file, table, scratch, err) < 0)
		return err->code;
	while (datafile_next(rows, &row, err) == 0 && row) {
		uint64_t line = datafile_line(rows);

		if (snapshotfile_load_row(load, row, line, err) < 0) {
			err_context(err, "%s:%" PRIu64, file->path, line);
			break;
		}
	}
	snapshotfile_load_close(load);
	return err->code;
}
