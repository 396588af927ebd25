#include "config.h"

#include "apply/remask.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diff/mask.h"
#include "source/snapshot.h"

/* A column that the file before does not have. */
static const size_t none = (size_t)-1;

struct remask {
	struct cursor cursor;
	struct cursor *rows;
	const struct datafile_header *header;
	const enum collation *collations;
	struct datafile *before;
	const struct row *old; /* of `before`; NULL after its last row */
	bool started;
	size_t *places; /* in a row of `before`, by cell */
	struct row row;
	struct value cells[];
};

static int compare_keys(const struct remask *self, const struct row *row)
{
	const struct datafile_header *header = self->header;
	int order = 0;

	for (size_t i = 0; i < header->nkey && order == 0; i++)
		order = value_compare(
			&self->old->cells[self->places[header->key[i]]],
			&row->cells[header->key[i]], self->collations[i]);
	return order;
}

/* Goes on in `before` until the row's key is reached; false if it lacks it. */
static bool find_before(struct remask *self, const struct row *row,
			struct err *err)
{
	int order = -1;

	if (!self->started && datafile_next(self->before, &self->old, err) < 0)
		return false;
	self->started = true;
	while (self->old && (order = compare_keys(self, row)) < 0)
		if (datafile_next(self->before, &self->old, err) < 0)
			return false;
	return self->old && order == 0;
}

static int remask_next(struct cursor *cursor, const struct row **row,
		       struct err *err)
{
	struct remask *self = (struct remask *)cursor;
	const struct datafile_header *header = self->header;
	bool found;

	if (cursor_next(self->rows, row, err) < 0 || !*row)
		return err->code;
	found = find_before(self, *row, err);
	if (err->code || !found)
		return err->code;
	memcpy(self->cells, (*row)->cells,
	       (*row)->ncells * sizeof(*self->cells));
	for (size_t i = 0; i < header->nmasked; i++) {
		size_t cell = header->masked[i];
		const struct value *old =
			self->places[cell] == none
				? NULL
				: &self->old->cells[self->places[cell]];

		if (old && mask_is_placeholder(&self->cells[cell]) &&
		    mask_matches(old, &self->cells[cell]))
			self->cells[cell] = *old;
	}
	self->row = (struct row){ self->cells, (*row)->ncells };
	*row = &self->row;
	return 0;
}

static void remask_close(struct cursor *cursor)
{
	struct remask *self = (struct remask *)cursor;

	cursor_close(self->rows);
	datafile_close(self->before);
	free(self->places);
	free(self);
}

/* Finds the columns in the file before; false if its key is another. */
static bool find_places(struct remask *self)
{
	const struct datafile_header *header = self->header;
	const struct datafile_header *old = datafile_header(self->before);
	bool same = old->nkey == header->nkey;

	for (size_t i = 0; i < header->ncolumns; i++) {
		self->places[i] = none;
		for (size_t j = 0; j < old->ncolumns; j++)
			if (strcasecmp(old->columns[j], header->columns[i]) ==
			    0)
				self->places[i] = j;
	}
	for (size_t i = 0; i < header->nkey && same; i++)
		same = self->places[header->key[i]] == old->key[i];
	return same && header->nkey > 0;
}

/* Opens the file before; leaves it NULL if there is none to go by. */
static int open_before(struct remask *self, struct source *before,
		       struct err *err)
{
	const struct table *table =
		schema_table(before->schema, self->header->table);

	self->places = calloc(self->header->ncolumns + 1, sizeof(size_t));
	if (!self->places)
		return err_set_nomem(err);
	if (!table)
		return 0;
	if (snapshot_open_table(&self->before, before, table, err) < 0)
		return err->code;
	if (!find_places(self)) {
		datafile_close(self->before);
		self->before = NULL;
	}
	return 0;
}

int remask_cursor(struct cursor **cursor, struct cursor *rows,
		  const struct datafile_header *header,
		  const enum collation *collations, struct source *before,
		  struct err *err)
{
	struct remask *self =
		calloc(1,
		       sizeof(*self) + header->ncolumns * sizeof(*self->cells));

	if (!self) {
		cursor_close(rows);
		*cursor = NULL;
		return err_set_nomem(err);
	}
	self->cursor.next = remask_next;
	self->cursor.close = remask_close;
	self->header = header;
	self->collations = collations;
	if (open_before(self, before, err) < 0 || !self->before) {
		*cursor = err->code ? NULL : rows;
		if (err->code)
			cursor_close(rows);
		remask_close(&self->cursor);
		return err->code;
	}
	self->rows = rows;
	*cursor = &self->cursor;
	return 0;
}
