#include "config.h"

#include "model/row.h"

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
