#include "config.h"

#include "source/filerows.h"

#include <stdlib.h>

#include "source/sorter.h"

/* What a row must be to be passed on. */
enum nulls { NULLS_ANY, NULLS_NONE, NULLS_SOME };

struct filerows_cursor {
	struct cursor cursor;
	struct datafile *file;
	const struct scan *scan;
	enum nulls nulls;
	bool ordered; /* rows stand in the order of the scan's key */
	size_t range; /* the one that the next row may be in */
	size_t key;   /* the one that the next row may have */
	bool as_read; /* the row is what the file delivers */
	struct row row;
	size_t *places; /* in the file, of each cell */
	struct value cells[];
};

/* ---- what the file answers ---- */

static bool is_file_order(const struct filerows *layout,
			  const struct scan *scan)
{
	if (layout->key.count != scan->nkey)
		return false;
	for (size_t i = 0; i < scan->nkey; i++)
		if (scan->columns[scan->key[i]] != layout->key.columns[i] ||
		    scan->collations[i] != layout->key.collations[i])
			return false;
	return true;
}

bool filerows_answers(const struct filerows *layout, const struct scan *scan)
{
	if (scan->where)
		return false;
	return scan->rows == SCAN_UNKEYED || scan->nonly == 1 ||
	       is_file_order(layout, scan);
}

/*
 * True if rows without a key stand in the file in the order that is wanted:
 * that of the bytes of all their cells.
 */
static bool is_sorted(const struct filerows *layout, const struct scan *scan)
{
	if (layout->key.count > 0 || scan->nidentity != layout->ncolumns)
		return false;
	for (size_t i = 0; i < scan->nidentity; i++)
		if (scan->columns[scan->identity[i]] != layout->columns[i])
			return false;
	return true;
}

/* ---- rows ---- */

static bool has_null(const struct scan *scan, const struct row *row)
{
	for (size_t i = 0; i < scan->nkey; i++)
		if (row->cells[scan->key[i]].type == VALUE_NULL)
			return true;
	return false;
}

static int compare_key(const struct scan *scan, const struct row *row,
		       const struct value *key)
{
	for (size_t i = 0; i < scan->nkey; i++) {
		int order = value_compare(&row->cells[scan->key[i]], &key[i],
					  scan->collations[i]);

		if (order)
			return order;
	}
	return 0;
}

/* True if the row is in one of the ranges; *done after the last of them. */
static bool is_in_range(struct filerows_cursor *self, const struct row *row,
			bool *done)
{
	const struct scan *scan = self->scan;

	for (; self->range < scan->nranges; self->range++) {
		const struct key_range *range = &scan->ranges[self->range];

		if (range->upto && compare_key(scan, row, range->upto) > 0)
			continue;
		return !range->after ||
		       compare_key(scan, row, range->after) > 0;
	}
	*done = true;
	return false;
}

/* True if the row has one of the wanted keys; *done after the last of them. */
static bool is_among(struct filerows_cursor *self, const struct row *row,
		     bool *done)
{
	const struct scan *scan = self->scan;
	int order = 1;

	if (scan->nonly == 1) {
		order = compare_key(scan, row, scan->only);
		*done = order > 0 && self->ordered;
		return order == 0;
	}
	for (; self->key < scan->nonly; self->key++) {
		order = compare_key(scan, row,
				    scan->only + self->key * scan->nkey);
		if (order <= 0)
			break;
	}
	*done = self->key == scan->nonly;
	return order == 0;
}

static bool is_wanted(struct filerows_cursor *self, const struct row *row,
		      bool *done)
{
	const struct scan *scan = self->scan;

	if (self->nulls != NULLS_ANY &&
	    has_null(scan, row) != (self->nulls == NULLS_SOME))
		return false;
	if (scan->nonly > 0 && !is_among(self, row, done))
		return false;
	return scan->nranges == 0 || is_in_range(self, row, done);
}

static int filerows_next(struct cursor *cursor, const struct row **row,
			 struct err *err)
{
	struct filerows_cursor *self = (struct filerows_cursor *)cursor;
	const struct row *read;
	bool done = false;

	*row = NULL;
	while (!done) {
		if (datafile_next(self->file, &read, err) < 0 || !read)
			return err->code;
		if (!self->as_read) {
			for (size_t i = 0; i < self->row.ncells; i++)
				self->cells[i] = read->cells[self->places[i]];
			read = &self->row;
		}
		if (is_wanted(self, read, &done)) {
			*row = read;
			break;
		}
	}
	return 0;
}

static void filerows_close(struct cursor *cursor)
{
	struct filerows_cursor *self = (struct filerows_cursor *)cursor;

	datafile_close(self->file);
	free(self->places);
	free(self);
}

/* ---- opening ---- */

static size_t find_place(const struct filerows *layout, size_t column)
{
	size_t at = 0;

	while (at < layout->ncolumns && layout->columns[at] != column)
		at++;
	return at;
}

static int place_cells(struct filerows_cursor *self,
		       const struct filerows *layout, struct err *err)
{
	const struct scan *scan = self->scan;

	self->as_read = scan->ncolumns == layout->ncolumns;
	for (size_t i = 0; i < scan->ncolumns; i++) {
		self->places[i] = find_place(layout, scan->columns[i]);
		if (self->places[i] == layout->ncolumns)
			return err_set(
				err, D1_ERROR,
				"the snapshot does not hold the column '%s'",
				scan->table->columns[scan->columns[i]].name);
		self->as_read = self->as_read && self->places[i] == i;
	}
	return 0;
}

static enum nulls choose_nulls(const struct scan *scan)
{
	if (scan->nkey == 0)
		return NULLS_ANY;
	if (scan->rows == SCAN_UNKEYED)
		return NULLS_SOME;
	return scan->nullable ? NULLS_NONE : NULLS_ANY;
}

int filerows_scan(struct cursor **cursor, struct datafile *file,
		  const struct filerows *layout, const struct scan *scan,
		  struct err *err)
{
	struct filerows_cursor *self =
		calloc(1,
		       sizeof(*self) + scan->ncolumns * sizeof(self->cells[0]));

	if (!self) {
		datafile_close(file);
		return err_set_nomem(err);
	}
	self->cursor.next = filerows_next;
	self->cursor.close = filerows_close;
	self->file = file;
	self->scan = scan;
	self->nulls = choose_nulls(scan);
	self->ordered = is_file_order(layout, scan);
	self->row = (struct row){ self->cells, scan->ncolumns };
	self->places = calloc(scan->ncolumns + 1, sizeof(*self->places));
	if (!self->places)
		err_set_nomem(err);
	else
		(void)!place_cells(self, layout, err);
	if (err->code) {
		filerows_close(&self->cursor);
		return err->code;
	}
	if (scan->rows == SCAN_UNKEYED && !is_sorted(layout, scan))
		return sorter_open(cursor, &self->cursor, scan, err);
	*cursor = &self->cursor;
	return 0;
}
