#include "config.h"

#include "apply/hunkmerge.h"

#include <string.h>

#include "git/textmerge.h"
#include "util/buf.h"
#include "util/sha256.h"

enum { MAX_TEXT = 1 << 30 /* bytes of a value at most: SQLite's limit */ };

/* ---- what the cell was, and what the patch makes of it ---- */

/* The base's value in the cell of the row with the hunk's key, if any. */
static int read_base(const struct hunk_row *hunk, struct source *base,
		     const char *name, struct value *value, bool *found,
		     struct arena *arena, struct err *err)
{
	const struct scan *scan = &hunk->table->scan;
	const struct table *table =
		schema_table(base->schema, hunk->table->table->name);
	size_t *columns = arena_array(arena, scan->nkey + 1, sizeof(*columns));
	size_t *cells = arena_array(arena, scan->nkey + 1, sizeof(*cells));
	struct value *key = arena_array(arena, scan->nkey + 1, sizeof(*key));
	struct scan wanted = { .table = table,
			       .columns = columns,
			       .ncolumns = scan->nkey + 1,
			       .key = cells,
			       .collations = scan->collations,
			       .nkey = scan->nkey,
			       .nullable = true,
			       .only = key,
			       .nonly = 1 };
	struct cursor *rows = NULL;
	const struct row *row = NULL;

	*found = false;
	if (!columns || !cells || !key)
		return err_set_nomem(err);
	if (!table)
		return 0;
	for (size_t i = 0; i < scan->nkey; i++) {
		columns[i] = table_column(table, hunk->hunk->key[i].name);
		cells[i] = i;
		key[i] = hunk->hunk->key[i].value;
	}
	columns[scan->nkey] = table_column(table, name);
	for (size_t i = 0; i <= scan->nkey; i++)
		if (columns[i] == table->ncolumns ||
		    table->columns[columns[i]].masked)
			return 0;
	if (source_scan(base, &rows, &wanted, err) == 0 &&
	    cursor_next(rows, &row, err) == 0 && row) {
		*value = row->cells[scan->nkey];
		*found = value->type == VALUE_TEXT;
		if (*found && !value_copy(value, value, arena))
			err_set_nomem(err);
	}
	cursor_close(rows);
	return err->code;
}

/* Both sides of a cell of which the patch has the lines that change. */
static int rebuild(const struct hunk_row *hunk, const struct patch_cell *cell,
		   struct source *base, struct value sides[2], bool *known,
		   struct arena *arena, struct err *err)
{
	char sha256[SHA256_HEX_SIZE];
	struct value *from = &sides[hunk->from];

	*known = false;
	if (!base)
		return 0;
	if (read_base(hunk, base, cell->name, from, known, arena, err) < 0 ||
	    !*known)
		return err->code;
	if (sha256_hex(sha256, from->data, from->size, err) < 0)
		return err->code;
	*known = strcmp(sha256, cell->text->sha256[hunk->from]) == 0;
	if (!*known)
		return 0;
	return hunk_row_text(&sides[!hunk->from], cell->text, hunk->from, from,
			     arena, err);
}

/* ---- one cell ---- */

static int merge_lines(struct value *after, const struct value *base,
		       const struct value *ours, const struct value *theirs,
		       bool *clean, struct arena *arena, struct err *err)
{
	const struct textmerge merge = {
		.texts = { [TEXTMERGE_BASE] = { base->data, base->size },
			   [TEXTMERGE_OURS] = { ours->data, ours->size },
			   [TEXTMERGE_THEIRS] = { theirs->data,
						  theirs->size } },
	};
	struct buf out;

	*clean = value_has_lines(base) && value_has_lines(ours) &&
		 value_has_lines(theirs);
	if (!*clean)
		return 0;
	buf_init(&out, MAX_TEXT);
	if (textmerge(&out, clean, &merge, err) == 0 && *clean)
		(void)!value_copy_text(after, &out, arena, err);
	buf_release(&out);
	return err->code;
}

static int merge_cell(const struct hunk_row *hunk,
		      const struct patch_cell *cell, struct source *base,
		      const struct value *ours, struct value *after,
		      bool *merged, struct arena *arena, struct err *err)
{
	struct value sides[2];

	*merged = true;
	if (cell->text) {
		if (rebuild(hunk, cell, base, sides, merged, arena, err) < 0 ||
		    !*merged)
			return err->code;
	} else {
		sides[PATCH_OLD] = *cell->values[PATCH_OLD];
		sides[PATCH_NEW] = *cell->values[PATCH_NEW];
	}
	if (value_equal(ours, &sides[hunk->from])) {
		*after = sides[!hunk->from];
		return 0;
	}
	if (cell->is_context || value_equal(ours, &sides[!hunk->from])) {
		*after = *ours;
		return 0;
	}
	return merge_lines(after, &sides[hunk->from], ours, &sides[!hunk->from],
			   merged, arena, err);
}

int hunk_merge(const struct hunk_row *hunk, const struct row *row,
	       struct source *base, struct value *after, struct arena *arena,
	       bool *merged, struct err *err)
{
	const struct hunk_table *table = hunk->table;

	*merged = hunk->op == PATCH_UPDATE && row;
	if (!*merged)
		return 0;
	memcpy(after, row->cells, table->scan.ncolumns * sizeof(*after));
	for (size_t i = 0; i < hunk->hunk->ncells && *merged; i++) {
		const struct patch_cell *cell = &hunk->hunk->cells[i];
		size_t place;

		if (hunk_table_cell(table, cell->name, &place, err) < 0)
			return err->code;
		if (place == table->scan.ncolumns ||
		    table->changed.uses[place] == COLUMN_GENERATED)
			continue;
		if (merge_cell(hunk, cell, base, &row->cells[place],
			       &after[place], merged, arena, err) < 0)
			return err->code;
	}
	return 0;
}
