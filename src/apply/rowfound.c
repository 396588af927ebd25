#include "config.h"

#include "apply/rowfound.h"

#include "model/literal.h"
#include "model/name.h"
#include "util/arena.h"

enum { MAX_VALUE = 100, MAX_LITERAL = 1 << 28 };

/* One row of a table: what is read, and where the cells of the changes are. */
struct reading {
	struct arena arena;
	struct scan scan;
	struct value *key;
};

static int prepare(struct reading *reading, const struct table *found,
		   const struct changed_table *table,
		   const struct row_change *change, struct err *err)
{
	struct scan *scan = &reading->scan;
	size_t *columns = arena_array(&reading->arena, table->ncolumns + 1,
				      sizeof(*columns));

	reading->key = arena_array(&reading->arena, table->nkey + 1,
				   sizeof(*reading->key));
	if (!columns || !reading->key)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++) {
		columns[i] = table_column(found, table->columns[i]);
		if (columns[i] == found->ncolumns)
			return err_set(err, D1_ERROR,
				       "table '%s' has no column '%s'",
				       table->name, table->columns[i]);
	}
	for (size_t i = 0; i < table->nkey; i++)
		reading->key[i] = change->old->cells[table->key[i]];
	*scan = (struct scan){ .table = found,
			       .columns = columns,
			       .ncolumns = table->ncolumns,
			       .rows = SCAN_KEYED,
			       .key = table->key,
			       .collations = table->collations,
			       .nkey = table->nkey,
			       .only = reading->key,
			       .nonly = 1 };
	return 0;
}

/* A long value is cut off, which shows. */
static void add_value(struct buf *text, const struct value *value)
{
	struct buf literal;

	buf_init(&literal, MAX_LITERAL);
	literal_add(&literal, value);
	if (literal.failed)
		text->failed = true;
	else if (literal.len <= MAX_VALUE)
		buf_add(text, literal.data, literal.len);
	else
		buf_add_format(text, "a value of %zu bytes", value->size);
	buf_release(&literal);
}

static void add_difference(struct buf *text, const struct changed_table *table,
			   const struct row *found, const struct row *expected)
{
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (value_equal(&found->cells[i], &expected->cells[i]))
			continue;
		buf_add_string(text, ": ");
		name_add(text, table->columns[i]);
		buf_add_string(text, " is ");
		add_value(text, &found->cells[i]);
		buf_add_string(text, ", not ");
		add_value(text, &expected->cells[i]);
		return;
	}
}

int row_found_add(struct buf *text, struct source *source,
		  const struct changed_table *table,
		  const struct row_change *change, struct err *err)
{
	const struct table *found = schema_table(source->schema, table->name);
	struct reading reading = { .key = NULL };
	struct cursor *rows = NULL;
	const struct row *row = NULL;

	if (!found || !change->keyed || !change->old)
		return 0;
	if (prepare(&reading, found, table, change, err) == 0 &&
	    source_scan(source, &rows, &reading.scan, err) == 0 &&
	    cursor_next(rows, &row, err) == 0 && row)
		add_difference(text, table, row, change->old);
	cursor_close(rows);
	arena_release(&reading.arena);
	return err->code;
}
