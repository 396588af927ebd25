#include "config.h"

#include "model/row.h"

#include <string.h>

#include "model/literal.h"

bool row_equal(const struct row *a, const struct row *b)
{
	for (size_t i = 0; i < a->ncells; i++)
		if (!value_equal(&a->cells[i], &b->cells[i]))
			return false;
	return true;
}

int row_copy(struct row *copy, const struct row *row, struct arena *arena,
	     struct err *err)
{
	struct value *cells =
		arena_array(arena, row->ncells + 1, sizeof(*cells));

	if (!cells)
		return err_set_nomem(err);
	for (size_t i = 0; i < row->ncells; i++)
		if (!value_copy(&cells[i], &row->cells[i], arena))
			return err_set_nomem(err);
	copy->cells = cells;
	copy->ncells = row->ncells;
	return 0;
}

void row_add_line(struct buf *out, const struct row *row,
		  const size_t *positions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		literal_add(out, &row->cells[positions[i]]);
	}
	buf_add_string(out, ");");
}

void row_pack(struct buf *out, const struct row *row)
{
	for (size_t i = 0; i < row->ncells; i++) {
		const struct value *cell = &row->cells[i];
		uint64_t size = cell->size;

		buf_add_char(out, (char)cell->type);
		switch (cell->type) {
		case VALUE_NULL:
			break;
		case VALUE_INTEGER:
			buf_add(out, &cell->integer, sizeof(cell->integer));
			break;
		case VALUE_REAL:
			buf_add(out, &cell->real, sizeof(cell->real));
			break;
		case VALUE_TEXT:
		case VALUE_BLOB:
			buf_add(out, &size, sizeof(size));
			buf_add(out, cell->data, cell->size);
			break;
		}
	}
}

void row_unpack(struct value *cells, size_t ncells, const char *data)
{
	for (size_t i = 0; i < ncells; i++) {
		struct value *cell = &cells[i];
		uint64_t size;

		cell->type = (enum value_type) * data++;
		switch (cell->type) {
		case VALUE_NULL:
			break;
		case VALUE_INTEGER:
			memcpy(&cell->integer, data, sizeof(cell->integer));
			data += sizeof(cell->integer);
			break;
		case VALUE_REAL:
			memcpy(&cell->real, data, sizeof(cell->real));
			data += sizeof(cell->real);
			break;
		case VALUE_TEXT:
		case VALUE_BLOB:
			memcpy(&size, data, sizeof(size));
			cell->size = size;
			cell->data = data + sizeof(size);
			data += sizeof(size) + size;
			break;
		}
	}
}
