#include "config.h"

#include "apply/unkeyedhunks.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "source/privatedb.h"
#include "source/statement.h"
#include "util/arena.h"
#include "util/buf.h"

enum { MAX_LINE = 1 << 30 /* bytes of a row's literals */ };

/* What a collected hunk is read back from. */
enum { KEPT_ROW, KEPT_LINE, KEPT_OP, KEPT_COUNT, KEPT_BEFORE, KEPT_TEXT, KEPT };

struct unkeyed_hunks {
	const struct scan *scan;
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct buf row;
	/* while rows are counted */
	struct cursor *rows;
	const struct row *next; /* NULL: there are no more rows */
	struct buf next_line;
	struct arena arena; /* of the cells of one hunk */
	struct value *cells;
};

static int check(struct unkeyed_hunks *self, int rc, struct err *err)
{
	return rc == SQLITE_OK ? 0
			       : statement_error(self->db, rc,
						 private_database_name, err);
}

static int open_database(struct unkeyed_hunks *self, struct err *err)
{
	static const char definitions[] =
		"CREATE TABLE hunks(row BLOB PRIMARY KEY, line, op, count,"
		" before, text BLOB) WITHOUT ROWID";

	if (private_database_open(&self->db, definitions, err) < 0)
		return err->code;
	return check(
		self,
		sqlite3_prepare_v2(self->db,
				   "INSERT INTO hunks VALUES(?, ?, ?, ?, ?, ?)",
				   -1, &self->insert, NULL),
		err);
}

int unkeyed_hunks_open(struct unkeyed_hunks **hunks, const struct scan *scan,
		       struct err *err)
{
	struct unkeyed_hunks *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->scan = scan;
	buf_init(&self->row, MAX_LINE);
	buf_init(&self->next_line, MAX_LINE);
	self->cells = calloc(scan->ncolumns + 1, sizeof(*self->cells));
	if (!self->cells)
		err_set_nomem(err);
	else
		(void)!open_database(self, err);
	if (err->code)
		unkeyed_hunks_close(self);
	else
		*hunks = self;
	return err->code;
}

void unkeyed_hunks_close(struct unkeyed_hunks *hunks)
{
	if (!hunks)
		return;
	sqlite3_finalize(hunks->insert);
	sqlite3_close(hunks->db);
	buf_release(&hunks->row);
	buf_release(&hunks->next_line);
	arena_release(&hunks->arena);
	free(hunks->cells);
	free(hunks);
}

/* ---- collecting ---- */

/* A hunk about the row in self->row is there: its line is said. */
static int refuse_second(struct unkeyed_hunks *self, struct err *err)
{
	sqlite3_stmt *select;

	if (statement_prepare(&select, self->db,
			      "SELECT line FROM hunks WHERE row = ?",
			      private_database_name, err) < 0)
		return err->code;
	sqlite3_bind_blob64(select, 1, self->row.data, self->row.len,
			    SQLITE_STATIC);
	if (sqlite3_step(select) == SQLITE_ROW)
		err_set(err, D1_ERROR,
			"a hunk about the same row as that of line %lld",
			(long long)sqlite3_column_int64(select, 0));
	else
		statement_error(self->db, sqlite3_errcode(self->db),
				private_database_name, err);
	sqlite3_finalize(select);
	return err->code;
}

int unkeyed_hunks_add(struct unkeyed_hunks *hunks,
		      const struct patch_hunk *hunk, const struct row *row,
		      struct err *err)
{
	sqlite3_stmt *insert = hunks->insert;
	const int64_t numbers[] = { [KEPT_LINE] = (int64_t)hunk->line,
				    [KEPT_OP] = hunk->op,
				    [KEPT_COUNT] = (int64_t)hunk->count,
				    [KEPT_BEFORE] = (int64_t)hunk->before };
	int rc;

	buf_clear(&hunks->row);
	row_add_line(&hunks->row, row, hunks->scan->identity,
		     hunks->scan->nidentity);
	if (buf_check(&hunks->row, "a row", err) < 0)
		return err->code;
	rc = sqlite3_bind_blob64(insert, KEPT_ROW + 1, hunks->row.data,
				 hunks->row.len, SQLITE_STATIC);
	for (int i = KEPT_LINE; i <= KEPT_BEFORE && rc == SQLITE_OK; i++)
		rc = sqlite3_bind_int64(insert, i + 1, numbers[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_blob64(insert, KEPT_TEXT + 1, hunk->text,
					 hunk->size, SQLITE_STATIC);
	if (rc != SQLITE_OK)
		return check(hunks, rc, err);
	sqlite3_step(insert);
	rc = sqlite3_reset(insert);
	if (rc == SQLITE_CONSTRAINT)
		return refuse_second(hunks, err);
	return check(hunks, rc, err);
}

/* ---- counting ---- */

static int next_row(struct unkeyed_hunks *self, struct err *err)
{
	if (cursor_next(self->rows, &self->next, err) < 0)
		return err->code;
	buf_clear(&self->next_line);
	if (self->next)
		row_add_line(&self->next_line, self->next, self->scan->identity,
			     self->scan->nidentity);
	return buf_check(&self->next_line, "a row", err);
}

/* The order of the next row against the row of a hunk. */
static int compare_next(const struct unkeyed_hunks *self,
			const struct value *wanted)
{
	const struct buf *line = &self->next_line;
	size_t size = line->len < wanted->size ? line->len : wanted->size;
	int order = memcmp(line->data, wanted->data, size);

	return order ? order
		     : (line->len > wanted->size) - (line->len < wanted->size);
}

/* Goes on to behind the rows that are equal to the wanted one. */
static int count_rows(struct unkeyed_hunks *self, const struct value *wanted,
		      uint64_t *found, struct err *err)
{
	*found = 0;
	while (self->next) {
		int order = compare_next(self, wanted);

		if (order > 0)
			break;
		if (order == 0)
			++*found;
		if (next_row(self, err) < 0)
			return err->code;
	}
	return 0;
}

/* The cells of the row whose literals these are. */
static int read_cells(struct unkeyed_hunks *self, const struct value *line,
		      struct err *err)
{
	const char *text = line->data;
	size_t left = line->size;

	arena_clear(&self->arena);
	for (size_t i = 0; i < self->scan->ncolumns; i++)
		self->cells[i] = (struct value){ .type = VALUE_NULL };
	for (size_t i = 0; i < self->scan->nidentity; i++) {
		size_t taken = literal_read_borrowed(
			&self->cells[self->scan->identity[i]], text, left,
			&self->arena);

		/* each literal is followed by a comma, or by `);` */
		if (taken == 0 || taken == left)
			return err_set_nomem(err);
		text += taken + 1;
		left -= taken + 1;
	}
	return 0;
}

static int use_hunk(struct unkeyed_hunks *self, const struct row *kept,
		    unkeyed_hunk_fn *use, void *context, struct err *err)
{
	const struct value *cells = kept->cells;
	struct unkeyed_hunk hunk = {
		.hunk = { .op = (enum patch_op)cells[KEPT_OP].integer,
			  .count = (uint64_t)cells[KEPT_COUNT].integer,
			  .before = (uint64_t)cells[KEPT_BEFORE].integer,
			  .line = (uint64_t)cells[KEPT_LINE].integer,
			  .text = cells[KEPT_TEXT].data,
			  .size = cells[KEPT_TEXT].size },
		.row = { .cells = self->cells, .ncells = self->scan->ncolumns },
	};

	if (count_rows(self, &cells[KEPT_ROW], &hunk.found, err) < 0 ||
	    read_cells(self, &cells[KEPT_ROW], err) < 0)
		return err->code;
	return use(context, &hunk, err);
}

int unkeyed_hunks_count(struct unkeyed_hunks *hunks, struct source *source,
			unkeyed_hunk_fn *use, void *context, struct err *err)
{
	struct scan scan = *hunks->scan;
	struct cursor *sorted = NULL;
	const struct row *kept;
	sqlite3_stmt *select;

	scan.rows = SCAN_UNKEYED;
	if (statement_prepare(&select, hunks->db,
			      "SELECT * FROM hunks ORDER BY row",
			      private_database_name, err) < 0 ||
	    statement_cursor(&sorted, select, KEPT, private_database_name,
			     err) < 0 ||
	    source_scan(source, &hunks->rows, &scan, err) < 0 ||
	    next_row(hunks, err) < 0)
		goto out;
	while (cursor_next(sorted, &kept, err) == 0 && kept)
		if (use_hunk(hunks, kept, use, context, err) < 0)
			break;
out:
	cursor_close(hunks->rows);
	hunks->rows = NULL;
	cursor_close(sorted);
	return err->code;
}
