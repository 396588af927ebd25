#include "config.h"

#include "apply/overlay.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "diff/keymark.h"
#include "source/privatedb.h"
#include "source/sorter.h"
#include "source/statement.h"

enum { MAX_LINE = 1 << 30 };

struct overlay {
	struct source source;
	struct source *inner; /* has the rows */
	struct source *engine;
	struct changes *changes;
};

/* The rows of a table with changes made to them. */
struct overlay_rows {
	struct cursor cursor;
	const struct scan *scan;
	const struct changed_table *table;
	struct cursor *inner;
	size_t *places; /* of each cell of the scan, in the changes */
	struct value *cells;
	struct row out;
	/* ---- keyed ---- */
	struct changes_rows *sides[2]; /* the rows before and after */
	const struct row *change[2];   /* the next ones; NULL: none is left */
	const struct row *row; /* the next one of the inner rows, likewise */
	bool moves[2];	       /* what was delivered or passed over last */
	bool moves_row;
	struct value *key_cells;
	struct key_order order;
	/* ---- unkeyed ---- */
	sqlite3 *db; /* the texts of rows that are changed */
	sqlite3_stmt *find;
	size_t *all; /* the cells of the scan that the changes have */
	size_t nall;
	struct buf line;
};

static void rows_close(struct cursor *cursor)
{
	struct overlay_rows *self = (struct overlay_rows *)cursor;

	cursor_close(self->inner);
	for (int side = OLD; side <= NEW; side++)
		if (self->sides[side])
			cursor_close(&self->sides[side]->cursor);
	sqlite3_finalize(self->find);
	sqlite3_close(self->db);
	buf_release(&self->line);
	free(self->places);
	free(self->cells);
	free(self->key_cells);
	free(self->all);
	free(self);
}

/* ---- cells ---- */

static size_t find_place(const struct changed_table *table, const char *name)
{
	size_t place = 0;

	while (place < table->ncolumns &&
	       strcmp(table->columns[place], name) != 0)
		place++;
	return place;
}

static int find_places(struct overlay_rows *self, struct err *err)
{
	const struct scan *scan = self->scan;
	size_t count = scan->ncolumns + 1;

	self->places = calloc(count, sizeof(*self->places));
	self->cells = calloc(count, sizeof(*self->cells));
	self->key_cells = calloc(count, sizeof(*self->key_cells));
	self->all = calloc(count, sizeof(*self->all));
	if (!self->places || !self->cells || !self->key_cells || !self->all)
		return err_set_nomem(err);
	for (size_t i = 0; i < scan->ncolumns; i++) {
		self->places[i] =
			find_place(self->table,
				   scan->table->columns[scan->columns[i]].name);
		if (self->places[i] < self->table->ncolumns)
			self->all[self->nall++] = i;
	}
	self->out.cells = self->cells;
	self->out.ncells = scan->ncolumns;
	self->order = (struct key_order){ .cells = scan->key,
					  .collations = scan->collations,
					  .count = scan->nkey };
	return 0;
}

/* The changed row in the cells of the scan; what it lacks is of `rest`. */
static void project(const struct overlay_rows *self, struct value *cells,
		    const struct row *changed, const struct row *rest)
{
	static const struct value null = { .type = VALUE_NULL };

	for (size_t i = 0; i < self->scan->ncolumns; i++)
		cells[i] = self->places[i] < changed->ncells
				   ? changed->cells[self->places[i]]
			   : rest ? rest->cells[i]
				  : null;
}

/* ---- rows with a key ---- */

/* True if the changes come in the order of the scan. */
static bool is_same_key(const struct overlay_rows *self)
{
	const struct changed_table *table = self->table;

	if (table->nkey != self->scan->nkey)
		return false;
	for (size_t i = 0; i < table->nkey; i++)
		if (self->places[self->scan->key[i]] != table->key[i] ||
		    table->collations[i] != self->scan->collations[i])
			return false;
	return true;
}

/* Goes on to what comes after the row that was delivered or passed over. */
static int advance(struct overlay_rows *self, struct err *err)
{
	if (self->moves_row && cursor_next(self->inner, &self->row, err) < 0)
		return err->code;
	for (int side = OLD; side <= NEW; side++)
		if (self->moves[side] &&
		    cursor_next(&self->sides[side]->cursor, &self->change[side],
				err) < 0)
			return err->code;
	return 0;
}

/* Whether the next change has a row before it, and one after it. */
static void find_change(const struct overlay_rows *self, bool here[2])
{
	const struct key_order order = { .cells = self->table->key,
					 .collations = self->table->collations,
					 .count = self->table->nkey };
	int sign;

	here[OLD] = self->change[OLD] != NULL;
	here[NEW] = self->change[NEW] != NULL;
	if (!here[OLD] || !here[NEW])
		return;
	sign = key_compare(&order, self->change[OLD], self->change[NEW]);
	here[OLD] = sign <= 0;
	here[NEW] = sign >= 0;
}

/* Negative: the change comes before the inner row; 0: it is of that row. */
static int compare_ahead(struct overlay_rows *self, const bool here[2])
{
	const struct row key = { .cells = self->key_cells,
				 .ncells = self->scan->ncolumns };

	if (!here[OLD] && !here[NEW])
		return 1;
	if (!self->row)
		return -1;
	project(self, self->key_cells, self->change[here[OLD] ? OLD : NEW],
		NULL);
	return key_compare(&self->order, &key, self->row);
}

/* Two streams of changes and one of rows are walked together, by key. */
static int keyed_next(struct cursor *cursor, const struct row **row,
		      struct err *err)
{
	struct overlay_rows *self = (struct overlay_rows *)cursor;

	for (;;) {
		bool here[2];
		int sign;

		if (advance(self, err) < 0)
			return err->code;
		find_change(self, here);
		sign = compare_ahead(self, here);
		self->moves_row = sign >= 0;
		for (int side = OLD; side <= NEW; side++)
			self->moves[side] = sign <= 0 && here[side];
		*row = self->row;
		if (sign > 0)
			return 0;
		if (here[OLD] != (sign == 0))
			return err_set(err, D1_ERROR,
				       "a row of table '%s' is not as it was "
				       "read",
				       self->table->name);
		if (!here[NEW])
			continue;
		project(self, self->cells, self->change[NEW],
			sign == 0 ? self->row : NULL);
		*row = &self->out;
		return 0;
	}
}

static int open_keyed(struct overlay_rows *self, struct changes *changes,
		      size_t place, struct err *err)
{
	self->cursor.next = keyed_next;
	self->moves_row = self->moves[OLD] = self->moves[NEW] = true;
	if (!is_same_key(self))
		return err_set(err, D1_ERROR,
			       "table '%s' has another key than the one by "
			       "which it was compared",
			       self->table->name);
	for (int side = OLD; side <= NEW; side++)
		if (changes_open_rows(changes, place, side, true,
				      &self->sides[side], err) < 0)
			return err->code;
	return 0;
}

/* ---- rows without a key ---- */

/* Remembers the text of a row that is changed. */
static int note_line(void *context, const struct row_change *change,
		     struct err *err)
{
	struct overlay_rows *self = context;
	sqlite3_stmt *insert = self->find;
	int rc;

	if (change->keyed)
		return 0;
	project(self, self->cells, change->old ? change->old : change->new,
		NULL);
	buf_clear(&self->line);
	row_add_line(&self->line, &self->out, self->all, self->nall);
	if (buf_check(&self->line, "a row", err) < 0)
		return err->code;
	sqlite3_bind_blob64(insert, 1, self->line.data, self->line.len,
			    SQLITE_STATIC);
	rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	return rc == SQLITE_DONE ? 0
				 : statement_error(self->db, rc,
						   private_database_name, err);
}

static int prepare(struct overlay_rows *self, const char *sql, struct err *err)
{
	int rc;

	sqlite3_finalize(self->find);
	self->find = NULL;
	rc = sqlite3_prepare_v2(self->db, sql, -1, &self->find, NULL);
	return rc == SQLITE_OK ? 0
			       : statement_error(self->db, rc,
						 private_database_name, err);
}

static int is_changed(struct overlay_rows *self, const struct row *row,
		      bool *changed, struct err *err)
{
	int rc;

	buf_clear(&self->line);
	row_add_line(&self->line, row, self->all, self->nall);
	if (buf_check(&self->line, "a row", err) < 0)
		return err->code;
	sqlite3_bind_blob64(self->find, 1, self->line.data, self->line.len,
			    SQLITE_STATIC);
	rc = sqlite3_step(self->find);
	*changed = rc == SQLITE_ROW;
	sqlite3_reset(self->find);
	return rc == SQLITE_ROW || rc == SQLITE_DONE
		       ? 0
		       : statement_error(self->db, rc, private_database_name,
					 err);
}

/* The inner rows but for those that are changed, then these as they become. */
static int unkeyed_next(struct cursor *cursor, const struct row **row,
			struct err *err)
{
	struct overlay_rows *self = (struct overlay_rows *)cursor;
	bool changed = true;

	while (changed && self->inner) {
		if (cursor_next(self->inner, row, err) < 0)
			return err->code;
		if (!*row) {
			cursor_close(self->inner);
			self->inner = NULL;
		} else if (is_changed(self, *row, &changed, err) < 0 ||
			   !changed) {
			return err->code;
		}
	}
	if (cursor_next(&self->sides[NEW]->cursor, row, err) < 0 || !*row)
		return err->code;
	project(self, self->cells, *row, NULL);
	*row = &self->out;
	return 0;
}

static int open_unkeyed(struct overlay_rows *self, struct changes *changes,
			size_t place, struct err *err)
{
	self->cursor.next = unkeyed_next;
	if (private_database_open(&self->db,
				  "CREATE TABLE changed(line BLOB PRIMARY KEY)"
				  " WITHOUT ROWID",
				  err) < 0 ||
	    prepare(self, "INSERT OR IGNORE INTO changed VALUES(?)", err) < 0 ||
	    changes_each_row(changes, place, note_line, self, err) < 0 ||
	    prepare(self, "SELECT 1 FROM changed WHERE line = ?", err) < 0)
		return err->code;
	return changes_open_rows(changes, place, NEW, false, &self->sides[NEW],
				 err);
}

/* ---- the source ---- */

static struct overlay *overlay_of(struct source *source)
{
	return (struct overlay *)source;
}

/* The place of the table's changes; false if there are none. */
static bool find_changes(const struct overlay *self, const char *table,
			 size_t *place)
{
	for (*place = 0; *place < changes_tables(self->changes); ++*place)
		if (strcmp(changes_table(self->changes, *place)->name, table) ==
		    0)
			return !changes_table_is_empty(self->changes, *place);
	return false;
}

static int overlay_scan(struct source *source, struct cursor **cursor,
			const struct scan *scan, struct err *err)
{
	struct overlay *self = overlay_of(source);
	struct overlay_rows *rows;
	size_t place;

	if (!find_changes(self, scan->table->name, &place))
		return source_scan(self->inner, cursor, scan, err);
	rows = calloc(1, sizeof(*rows));
	if (!rows)
		return err_set_nomem(err);
	buf_init(&rows->line, MAX_LINE);
	rows->cursor.close = rows_close;
	rows->scan = scan;
	rows->table = changes_table(self->changes, place);
	if (find_places(rows, err) < 0 ||
	    (scan->rows == SCAN_KEYED
		     ? open_keyed(rows, self->changes, place, err)
		     : open_unkeyed(rows, self->changes, place, err)) < 0 ||
	    source_scan(self->inner, &rows->inner, scan, err) < 0) {
		rows_close(&rows->cursor);
		return err->code;
	}
	*cursor = &rows->cursor;
	return scan->rows == SCAN_KEYED
		       ? 0
		       : sorter_open(cursor, &rows->cursor, scan, err);
}

static int overlay_select(struct source *source,
			  const struct source_query *queries, size_t count,
			  struct err *err)
{
	return source_select_all(overlay_of(source)->engine, queries, count,
				 err);
}

static int overlay_find_duplicate(struct source *source,
				  const struct scan *scan, struct buf *key,
				  struct err *err)
{
	return source_find_duplicate(overlay_of(source)->engine, scan, key,
				     err);
}

static void overlay_close(struct source *source)
{
	free(source);
}

int overlay_open(struct source **overlay, struct source *rows,
		 struct source *engine, struct changes *changes,
		 struct err *err)
{
	/* nobody counts its rows */
	static const struct source_ops ops = {
		.scan = overlay_scan,
		.select = overlay_select,
		.find_duplicate = overlay_find_duplicate,
		.close = overlay_close,
	};
	struct overlay *self = calloc(1, sizeof(*self));

	*overlay = NULL;
	if (!self)
		return err_set_nomem(err);
	self->source.ops = &ops;
	self->source.schema = engine->schema;
	self->inner = rows;
	self->engine = engine;
	self->changes = changes;
	*overlay = &self->source;
	return 0;
}
