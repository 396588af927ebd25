/* The rows of a source as text, for tests to compare. */
#ifndef SCANNED_H
#define SCANNED_H

#include <stdlib.h>
#include <string.h>

#include "model/row.h"
#include "source/source.h"

/* What is asked of a table, all of it if nothing is said. */
struct asking {
	const char *columns[8]; /* NULL: all that can be read */
	const char *key[4];	/* columns; none: rows without order */
	enum scan_rows rows;
	bool nullable;
	const char *where;
	const struct value *only;
	const struct key_range *ranges;
	size_t nranges;
};

static inline const struct table *table_of(struct source *source,
					   const char *name)
{
	const struct table *table = schema_table(source->schema, name);

	if (!table)
		fail_msg("no table %s", name);
	return table;
}

/*
 * Appends the rows, one a line, as their cells stand in a data file. Returns
 * the code of the error.
 */
static inline int ask_source(struct buf *out, struct source *source,
			     const char *name, const struct asking *asking,
			     struct err *err)
{
	const struct table *table = table_of(source, name);
	enum collation collations[4] = { COLLATION_BINARY };
	size_t columns[32], identity[32], key[4];
	struct scan scan = { .table = table,
			     .columns = columns,
			     .rows = asking->rows,
			     .key = key,
			     .collations = collations,
			     .nullable = asking->nullable,
			     .identity = identity,
			     .where = asking->where,
			     .only = asking->only,
			     .nonly = asking->only ? 1 : 0,
			     .ranges = asking->ranges,
			     .nranges = asking->nranges };
	struct cursor *cursor = NULL;
	const struct row *row;
	size_t key_columns[4];

	for (size_t i = 0; i < 8 && asking->columns[i]; i++)
		columns[scan.ncolumns++] =
			table_column(table, asking->columns[i]);
	for (size_t i = 0; i < table->ncolumns && !asking->columns[0]; i++)
		if (!table->columns[i].unreadable && !table->columns[i].absent)
			columns[scan.ncolumns++] = i;
	for (size_t i = 0; i < scan.ncolumns; i++)
		identity[i] = i;
	scan.nidentity = scan.ncolumns;
	for (; scan.nkey < 4 && asking->key[scan.nkey]; scan.nkey++) {
		size_t column = table_column(table, asking->key[scan.nkey]);
		size_t cell = 0;

		while (columns[cell] != column)
			cell++;
		key[scan.nkey] = cell;
		key_columns[scan.nkey] = column;
	}
	table_key_collations(table, key_columns, scan.nkey, collations);
	if (source_scan(source, &cursor, &scan, err) < 0)
		return err->code;
	while (cursor_next(cursor, &row, err) == 0 && row) {
		row_add_line(out, row, identity, scan.ncolumns);
		buf_truncate(out, out->len - 2); /* without ); */
		buf_add_char(out, '\n');
	}
	cursor_close(cursor);
	return err->code;
}

/* The rows must be these. */
static inline void assert_rows(struct source *source, const char *table,
			       const struct asking *asking,
			       const char *expected)
{
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, 1 << 24);
	(void)!ask_source(&text, source, table, asking, &err);
	assert_string_equal(err.message, "");
	assert_string_equal(text.len ? text.data : "", expected);
	buf_release(&text);
}

/* The rows must not come, with this message. */
static inline void assert_refused(struct source *source, const char *table,
				  const struct asking *asking,
				  const char *message)
{
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, 1 << 24);
	(void)!ask_source(&text, source, table, asking, &err);
	assert_string_equal(err.message, message);
	buf_release(&text);
}

#endif
