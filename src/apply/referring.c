#include "config.h"

#include "apply/referring.h"

#include "model/sql.h"

bool referring_tuple(struct tuple *tuple, const struct value **values,
		     enum collation *collations,
		     const struct changed_table *table, const struct row *row,
		     const char *const *columns, size_t count)
{
	*tuple = (struct tuple){ .values = values,
				 .collations = collations,
				 .count = count };
	for (size_t i = 0; i < count; i++) {
		size_t cell = changed_table_cell(table, columns[i]);

		if (cell == table->ncolumns ||
		    row->cells[cell].type == VALUE_NULL)
			return false;
		values[i] = &row->cells[cell];
	}
	return true;
}

void referring_collations(enum collation *collations,
			  const struct target_reference *reference)
{
	for (size_t i = 0; i < reference->ncolumns; i++)
		collations[i] = target_collation(reference, i);
}

void referring_add_condition(struct buf *where,
			     const struct target_reference *reference)
{
	enum collation collations[REFERRING_MAX_COLUMNS];

	referring_collations(collations, reference);
	buf_add_char(where, '(');
	for (size_t i = 0; i < reference->ncolumns; i++) {
		buf_add_string(where, i > 0 ? "," : "");
		sql_add_name(where, reference->from[i]);
		/* its own, unless the parent's is another: for its index */
		if (collations[i] != COLLATION_BINARY)
			buf_add_format(where, " COLLATE %s",
				       collation_name(collations[i]));
	}
	buf_add_string(where,
		       reference->ncolumns > 1 ? ") IN (VALUES " : ") IN (");
}
