#include "config.h"

#include "apply/rowguard.h"

#include <math.h>

#include "model/sql.h"
#include "source/statement.h"

void row_guard_forget(struct row_guard *guard)
{
	sqlite3_finalize(guard->same);
	guard->same = NULL;
}

static bool is_written(const struct row_guard *guard, size_t cell)
{
	const enum column_use *uses = guard->seek->written->table->uses;

	return !uses || uses[cell] == COLUMN_WRITTEN;
}

/* "before c1 after, before c2 after, ..." of the cells that are written. */
static void add_list(struct buf *sql, const struct row_guard *guard,
		     const char *before, const char *after)
{
	const struct changed_table *table = guard->seek->written->table;
	size_t count = 0;

	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!is_written(guard, i))
			continue;
		buf_add_format(sql, "%s%s", count++ > 0 ? ", " : "", before);
		sql_add_name(sql, table->columns[i]);
		buf_add_string(sql, after);
	}
}

/* The same between brackets. */
static void add_cells(struct buf *sql, const struct row_guard *guard,
		      const char *before, const char *after)
{
	buf_add_char(sql, '(');
	add_list(sql, guard, before, after);
	buf_add_char(sql, ')');
}

/* The same of their values, which are bound in that order. */
static size_t add_values(struct buf *sql, const struct row_guard *guard,
			 const char *before, const char *after)
{
	size_t count = 0;

	buf_add_char(sql, '(');
	for (size_t i = 0; i < guard->seek->written->table->ncolumns; i++)
		if (is_written(guard, i)) {
			count++;
			buf_add_format(sql, "%s%s?%zu%s", count > 1 ? ", " : "",
				       before, count, after);
		}
	buf_add_char(sql, ')');
	return count;
}

/*
 * Compares bytes and types, so that no affinity nor collation matters. Selects
 * the cells: to SQL, 0.0 and -0.0 are the same.
 */
static int prepare(struct row_guard *guard, struct err *err)
{
	struct buf sql, where;
	size_t count;

	if (guard->same)
		return 0;
	buf_init(&sql, WRITTEN_SQL);
	buf_init(&where, WRITTEN_SQL);
	add_cells(&where, guard, "", " COLLATE BINARY");
	buf_add_string(&where, " IS ");
	count = add_values(&where, guard, "", "");
	buf_add_string(&where, " AND ");
	add_cells(&where, guard, "typeof(", ")");
	buf_add_string(&where, " = ");
	add_values(&where, guard, "typeof(", ")");
	buf_add_string(&sql, "SELECT ");
	add_list(&sql, guard, "", "");
	buf_add_string(&sql, " FROM ");
	written_table_add_name(&sql, guard->seek->written);
	row_seek_add_where(&sql, guard->seek, count + 1);
	buf_add_format(&sql, " AND %s", where.failed ? "" : where.data);
	sql.failed = sql.failed || where.failed;
	buf_release(&where);
	return written_table_prepare(&guard->same, guard->seek->written, &sql,
				     err);
}

/* True if zeros of the row at hand have the signs that they should. */
static bool has_signs(const struct row_guard *guard, const struct row *row)
{
	int column = 0;

	for (size_t i = 0; i < row->ncells; i++) {
		const struct value *cell = &row->cells[i];
		double found;

		if (!is_written(guard, i))
			continue;
		found = sqlite3_column_double(guard->same, column++);
		if (cell->type == VALUE_REAL && cell->real == 0 &&
		    !signbit(found) != !signbit(cell->real))
			return false;
	}
	return true;
}

int row_guard_check(struct row_guard *guard, const struct row *row,
		    struct err *err)
{
	size_t count = 0;
	int rc = SQLITE_OK;

	if (prepare(guard, err) < 0)
		return err->code;
	for (size_t i = 0; i < row->ncells && rc == SQLITE_OK; i++)
		if (is_written(guard, i))
			rc = statement_bind(guard->same, (int)++count,
					    &row->cells[i]);
	if (rc == SQLITE_OK)
		rc = row_seek_bind(guard->same, guard->seek, count + 1, row);
	if (rc == SQLITE_OK)
		do
			rc = sqlite3_step(guard->same);
		while (rc == SQLITE_ROW && !has_signs(guard, row));
	sqlite3_reset(guard->same);
	if (rc == SQLITE_ROW)
		return 0;
	if (rc != SQLITE_DONE)
		return written_table_error(guard->seek->written, rc, row, err);
	err_set(err, D1_ECONFLICT, "it was changed meanwhile");
	return written_table_context(guard->seek->written, row, err);
}
