#include "config.h"

#include "workspace/conflictlist.h"

#include "model/literal.h"
#include "model/name.h"
#include "render/abbrev.h"
#include "util/buf.h"

enum { MAX_LINE = 1 << 26 };

static void add_value(struct buf *line, const struct value *value,
		      const struct value *other)
{
	size_t start = line->len;

	literal_add(line, value);
	abbrev_literal(line, start, value, other);
}

/* "city='berlin', ref='M44'"; all cells of a row without a key. */
static void add_row(struct buf *line, const struct row_conflict *conflict)
{
	const struct changed_table *table = conflict->table;
	const struct row *row =
		conflict->rows[NEW] ? conflict->rows[NEW] : conflict->rows[OLD];
	size_t count = conflict->keyed ? table->nkey : table->ncolumns;
	const char *between = " ";

	for (size_t i = 0; i < count; i++) {
		size_t cell = conflict->keyed ? table->key[i] : i;

		if (table->uses && table->uses[cell] == COLUMN_INSERTED)
			continue;
		buf_add_string(line, between);
		between = ", ";
		name_add(line, table->columns[cell]);
		buf_add_char(line, '=');
		add_value(line, &row->cells[cell], NULL);
	}
}

bool conflictlist_tells(const struct row_conflict *conflict, size_t cell)
{
	const struct changed_table *table = conflict->table;

	if (conflict->columns)
		return conflict->columns[cell];
	if (table->uses && table->uses[cell] != COLUMN_WRITTEN)
		return false;
	return !value_equal(&conflict->rows[OLD]->cells[cell],
			    &conflict->rows[NEW]->cells[cell]);
}

static void add_cells(struct buf *line, const struct row_conflict *conflict,
		      const char *const labels[2])
{
	const struct changed_table *table = conflict->table;
	const char *between = ":";

	for (size_t i = 0; i < table->ncolumns; i++) {
		const struct value *old_cell = &conflict->rows[OLD]->cells[i];
		const struct value *new_cell = &conflict->rows[NEW]->cells[i];

		if (!conflictlist_tells(conflict, i))
			continue;
		buf_add_format(line, "%s ", between);
		name_add(line, table->columns[i]);
		buf_add_char(line, ' ');
		add_value(line, new_cell, old_cell);
		buf_add_format(line, " in %s, ", labels[NEW]);
		add_value(line, old_cell, new_cell);
		buf_add_format(line, " in %s", labels[OLD]);
		between = ";";
	}
}

int conflictlist_write(FILE *out, const char *word,
		       const struct row_conflict *conflict,
		       const char *const labels[2], struct err *err)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	buf_add_format(&line, "%s: ", word);
	name_add(&line, conflict->table->name);
	add_row(&line, conflict);
	if (!conflict->rows[OLD] || !conflict->rows[NEW])
		buf_add_format(&line, ": in %s, not in %s",
			       labels[conflict->rows[OLD] ? OLD : NEW],
			       labels[conflict->rows[OLD] ? NEW : OLD]);
	else if (conflict->keyed)
		add_cells(&line, conflict, labels);
	buf_add_char(&line, '\n');
	if (buf_check(&line, "a line", err) == 0)
		fwrite(line.data, 1, line.len, out);
	buf_release(&line);
	return err->code;
}
