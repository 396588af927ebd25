#include "config.h"

#include "source/sorter.h"

#include <stdlib.h>

#include "source/privatedb.h"
#include "source/select.h"
#include "source/statement.h"

enum { MAX_LINE = 1 << 30 }; /* SQLite's own limit of a value */

/* A cursor over the sorted rows that owns their temporary database. */
struct sorter {
	struct cursor cursor;
	struct cursor *sorted;
	sqlite3 *db;
};

static int sorter_next(struct cursor *cursor, const struct row **row,
		       struct err *err)
{
	return cursor_next(((struct sorter *)cursor)->sorted, row, err);
}

static void sorter_close(struct cursor *cursor)
{
	struct sorter *self = (struct sorter *)cursor;

	cursor_close(self->sorted);
	sqlite3_close(self->db);
	free(self);
}

static void add_order(struct buf *select, const struct scan *scan)
{
	buf_add_string(select, " FROM sorted ORDER BY ");
	for (size_t i = 0; scan->by_key && i < scan->nkey; i++)
		buf_add_format(select, "c%zu COLLATE %s, ", scan->key[i],
			       select_collation(scan, i, "BINARY"));
	buf_add_string(select, "line, whole");
}

/* The table of the rows, how they come in, and the SELECT that sorts. */
static int prepare(sqlite3 **db, const struct scan *scan, sqlite3_stmt **insert,
		   struct buf *select, struct err *err)
{
	size_t ncells = scan->ncolumns;
	struct buf create, values;
	int rc;

	buf_init(&create, 1 << 20);
	buf_init(&values, 1 << 20);
	buf_add_string(&create, "CREATE TABLE sorted(line BLOB, whole BLOB");
	buf_add_string(&values, "INSERT INTO sorted VALUES(?, ?");
	buf_add_string(select, "SELECT ");
	for (size_t i = 0; i < ncells; i++) {
		buf_add_format(&create, ", c%zu", i);
		buf_add_string(&values, ", ?");
		buf_add_format(select, "%sc%zu", i > 0 ? ", " : "", i);
	}
	buf_add_char(&create, ')');
	buf_add_char(&values, ')');
	add_order(select, scan);
	if (buf_check(&create, "a statement", err) < 0 ||
	    buf_check(&values, "a statement", err) < 0 ||
	    buf_check(select, "a statement", err) < 0)
		goto out;
	if (private_database_open(db, create.data, err) < 0)
		goto out;
	rc = sqlite3_prepare_v2(*db, values.data, -1, insert, NULL);
	if (rc != SQLITE_OK)
		statement_error(*db, rc, private_database_name, err);
out:
	buf_release(&create);
	buf_release(&values);
	return err->code;
}

static int bind_line(sqlite3_stmt *insert, int parameter,
		     const struct buf *line)
{
	return sqlite3_bind_blob64(insert, parameter, line->data, line->len,
				   SQLITE_STATIC);
}

static int insert_row(sqlite3_stmt *insert, const struct row *row,
		      const struct scan *scan, const size_t *all,
		      struct buf *line, struct buf *whole, struct err *err)
{
	sqlite3 *db = sqlite3_db_handle(insert);
	int rc;

	buf_clear(line);
	buf_clear(whole);
	row_add_line(line, row, scan->identity, scan->nidentity);
	if (scan->nidentity < row->ncells)
		row_add_line(whole, row, all, row->ncells);
	if (buf_check(line, "a row", err) < 0 ||
	    buf_check(whole, "a row", err) < 0)
		return err->code;
	rc = bind_line(insert, 1, line);
	if (rc == SQLITE_OK)
		rc = bind_line(insert, 2, whole);
	for (size_t i = 0; i < row->ncells && rc == SQLITE_OK; i++)
		rc = statement_bind(insert, (int)i + 3, &row->cells[i]);
	if (rc == SQLITE_OK && sqlite3_step(insert) == SQLITE_DONE)
		rc = sqlite3_reset(insert);
	else if (rc == SQLITE_OK)
		rc = sqlite3_errcode(db);
	return rc == SQLITE_OK
		       ? 0
		       : statement_error(db, rc, private_database_name, err);
}

static int insert_rows(sqlite3_stmt *insert, struct cursor *unsorted,
		       const struct scan *scan, struct err *err)
{
	size_t *all = calloc(scan->ncolumns + 1, sizeof(*all));
	struct buf line, whole;
	const struct row *row;

	buf_init(&line, MAX_LINE);
	buf_init(&whole, MAX_LINE);
	if (!all) {
		err_set_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < scan->ncolumns; i++)
		all[i] = i;
	while (cursor_next(unsorted, &row, err) == 0 && row)
		if (insert_row(insert, row, scan, all, &line, &whole, err) < 0)
			break;
out:
	free(all);
	buf_release(&line);
	buf_release(&whole);
	return err->code;
}

int sorter_open(struct cursor **cursor, struct cursor *unsorted,
		const struct scan *scan, struct err *err)
{
	struct sorter *self = calloc(1, sizeof(*self));
	sqlite3_stmt *insert = NULL;
	sqlite3_stmt *statement = NULL;
	struct buf select;

	buf_init(&select, 1 << 20);
	if (!self) {
		err_set_nomem(err);
		goto out;
	}
	self->cursor.next = sorter_next;
	self->cursor.close = sorter_close;
	if (prepare(&self->db, scan, &insert, &select, err) < 0 ||
	    insert_rows(insert, unsorted, scan, err) < 0 ||
	    statement_prepare(&statement, self->db, select.data,
			      private_database_name, err) < 0 ||
	    statement_cursor(&self->sorted, statement, scan->ncolumns,
			     private_database_name, err) < 0)
		goto out;
	*cursor = &self->cursor;
	self = NULL;
out:
	sqlite3_finalize(insert);
	buf_release(&select);
	cursor_close(unsorted);
	if (self)
		sorter_close(&self->cursor);
	return err->code;
}
