#include "config.h"

#include "apply/equalrows.h"

#include <stdlib.h>

#include "apply/file.h"
#include "model/sql.h"
#include "source/statement.h"

enum { MAX_ROW = 1 << 30 };

struct equal_rows {
	struct written_table *written;
	struct arena arena;
	sqlite3_stmt *add;
	size_t *identity; /* cells by which a row is known */
	size_t nidentity;
	struct value *cells;
	struct buf line;
};

/* ---- what is wanted ---- */

static int make_list(struct equal_rows *rows, struct err *err)
{
	struct buf sql;

	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "CREATE TEMP TABLE git_d1_wanted(line BLOB "
			     "PRIMARY KEY, n INTEGER) WITHOUT ROWID;"
			     "CREATE TEMP TABLE git_d1_doomed(r INTEGER "
			     "PRIMARY KEY)");
	if (written_table_run(rows->written, &sql, err) < 0)
		return err->code;
	buf_add_string(&sql, "INSERT INTO temp.git_d1_wanted VALUES(?1, ?2) "
			     "ON CONFLICT(line) DO UPDATE SET n = n + ?2");
	return written_table_prepare(&rows->add, rows->written, &sql, err);
}

static int find_identity(struct equal_rows *rows, struct err *err)
{
	const struct changed_table *table = rows->written->table;

	rows->cells = arena_array(&rows->arena, table->ncolumns + 1,
				  sizeof(*rows->cells));
	rows->identity = arena_array(&rows->arena, table->ncolumns + 1,
				     sizeof(*rows->identity));
	if (!rows->cells || !rows->identity)
		return err_set_nomem(err);
	for (size_t i = 0; i < table->ncolumns; i++)
		if (!table->uses || table->uses[i] == COLUMN_WRITTEN)
			rows->identity[rows->nidentity++] = i;
	return 0;
}

int equal_rows_open(struct equal_rows **rows, struct written_table *written,
		    struct err *err)
{
	struct equal_rows *self;

	*rows = NULL;
	if (!written->rowid)
		return err_set(err, D1_ERROR,
			       "rows of table '%s' cannot be told apart: it "
			       "has no rowid",
			       written->table->name);
	self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_nomem(err);
	self->written = written;
	buf_init(&self->line, MAX_ROW);
	if (find_identity(self, err) < 0 || make_list(self, err) < 0) {
		equal_rows_close(self);
		return err->code;
	}
	*rows = self;
	return 0;
}

void equal_rows_close(struct equal_rows *rows)
{
	if (!rows)
		return;
	sqlite3_finalize(rows->add);
	buf_release(&rows->line);
	arena_release(&rows->arena);
	free(rows);
}

/* The text that equal rows share, bound as the first parameter. */
static int bind_line(struct equal_rows *rows, sqlite3_stmt *statement,
		     const struct row *row, struct err *err)
{
	buf_clear(&rows->line);
	row_add_line(&rows->line, row, rows->identity, rows->nidentity);
	if (buf_check(&rows->line, "a row", err) < 0)
		return err->code;
	sqlite3_bind_blob64(statement, 1, rows->line.data, rows->line.len,
			    SQLITE_STATIC);
	return 0;
}

int equal_rows_add(struct equal_rows *rows, const struct row *row,
		   uint64_t count, struct err *err)
{
	int rc;

	if (bind_line(rows, rows->add, row, err) < 0)
		return err->code;
	sqlite3_bind_int64(rows->add, 2, (sqlite3_int64)count);
	rc = sqlite3_step(rows->add);
	sqlite3_reset(rows->add);
	return rc == SQLITE_DONE
		       ? 0
		       : written_table_error(rows->written, rc, row, err);
}

/* ---- deleting ---- */

/* SELECT of the rowid and all cells of the rows that no key tells apart. */
static int select_unkeyed(sqlite3_stmt **select, struct equal_rows *rows,
			  struct err *err)
{
	const struct written_table *written = rows->written;
	const struct changed_table *table = written->table;
	struct buf sql;

	buf_init(&sql, WRITTEN_SQL);
	buf_add_format(&sql, "SELECT %s", written->rowid);
	for (size_t i = 0; i < rows->nidentity; i++) {
		buf_add_string(&sql, ", ");
		sql_add_name(&sql, table->columns[rows->identity[i]]);
	}
	buf_add_string(&sql, " FROM ");
	written_table_add_name(&sql, written);
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_string(&sql, i > 0 ? " OR " : " WHERE ");
		sql_add_name(&sql, table->columns[table->key[i]]);
		buf_add_string(&sql, " IS NULL");
	}
	return written_table_prepare(select, written, &sql, err);
}

/* Takes one off the wanted rows like this one, and dooms it. */
static int doom_row(struct equal_rows *rows, const struct row *row,
		    sqlite3_stmt *take, sqlite3_stmt *doom, struct err *err)
{
	struct row cells = { .cells = rows->cells,
			     .ncells = rows->written->table->ncolumns };
	int rc;

	for (size_t i = 0; i < rows->nidentity; i++)
		rows->cells[rows->identity[i]] = row->cells[i + 1];
	if (bind_line(rows, take, &cells, err) < 0)
		return err->code;
	rc = sqlite3_step(take);
	sqlite3_reset(take);
	if (rc == SQLITE_DONE && sqlite3_changes(rows->written->db) == 1) {
		sqlite3_bind_int64(doom, 1, row->cells[0].integer);
		rc = sqlite3_step(doom);
		sqlite3_reset(doom);
	}
	return rc == SQLITE_DONE
		       ? 0
		       : database_file_error(rows->written->db, rc,
					     rows->written->name, err);
}

static int doom_rows(struct equal_rows *rows, struct err *err)
{
	sqlite3_stmt *select = NULL, *take = NULL, *doom = NULL;
	struct cursor *cursor = NULL;
	const struct row *row;
	struct buf sql;

	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "UPDATE temp.git_d1_wanted SET n = n - 1 "
			     "WHERE line = ?1 AND n > 0");
	if (written_table_prepare(&take, rows->written, &sql, err) < 0)
		goto out;
	buf_add_string(&sql, "INSERT INTO temp.git_d1_doomed VALUES(?1)");
	if (written_table_prepare(&doom, rows->written, &sql, err) < 0 ||
	    select_unkeyed(&select, rows, err) < 0 ||
	    statement_cursor(&cursor, select, rows->nidentity + 1,
			     rows->written->name, err) < 0)
		goto out;
	while (cursor_next(cursor, &row, err) == 0 && row)
		if (doom_row(rows, row, take, doom, err) < 0)
			break;
out:
	cursor_close(cursor);
	sqlite3_finalize(take);
	sqlite3_finalize(doom);
	return err->code;
}

static int check_all_found(const struct equal_rows *rows, struct err *err)
{
	sqlite3_stmt *select = NULL;
	int rc;

	if (statement_prepare(&select, rows->written->db,
			      "SELECT 1 FROM temp.git_d1_wanted WHERE n > 0",
			      rows->written->name, err) < 0)
		return err->code;
	rc = sqlite3_step(select);
	if (rc == SQLITE_ROW)
		err_set(err, D1_ECONFLICT,
			"table '%s': a row that is to be deleted is not there "
			"any more",
			rows->written->table->name);
	else if (rc != SQLITE_DONE)
		statement_error(rows->written->db, rc, rows->written->name,
				err);
	sqlite3_finalize(select);
	return err->code;
}

int equal_rows_delete(struct equal_rows *rows, struct err *err)
{
	struct written_table *written = rows->written;
	struct buf sql;

	if (doom_rows(rows, err) < 0 || check_all_found(rows, err) < 0)
		return err->code;
	sqlite3_finalize(rows->add);
	rows->add = NULL;
	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "DELETE FROM ");
	written_table_add_name(&sql, written);
	buf_add_format(&sql,
		       " WHERE %s IN (SELECT r FROM temp.git_d1_doomed);"
		       "DROP TABLE temp.git_d1_doomed;"
		       "DROP TABLE temp.git_d1_wanted",
		       written->rowid);
	return written_table_run(written, &sql, err);
}
