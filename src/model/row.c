#include "config.h"

#include "model/row.h"

#include "model/literal.h"

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
