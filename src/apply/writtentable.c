#include "config.h"

#include "apply/writtentable.h"

#include <stdlib.h>
#include <string.h>

#include "apply/file.h"
#include "model/literal.h"
#include "model/sql.h"
#include "source/statement.h"
#include "util/glob.h"

enum { MAX_SHOWN = 400 /* bytes of a key in a message */ };

static void add_key(struct buf *text, const struct written_table *written,
		    const struct row *row)
{
	const struct changed_table *table = written->table;

	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_string(text, i > 0 ? ", " : "");
		buf_add_string(text, table->columns[table->key[i]]);
		buf_add_char(text, '=');
		literal_add(text, &row->cells[table->key[i]]);
	}
}

int written_table_context(const struct written_table *written,
			  const struct row *row, struct err *err)
{
	struct buf text;

	if (written->table->nkey == 0) /* or rows that are only loaded */
		return err_context(err, "table '%s'", written->table->name);
	buf_init(&text, MAX_SHOWN);
	add_key(&text, written, row);
	err_context(err, "table '%s', row %s%s", written->table->name,
		    text.data ? text.data : "", text.failed ? "..." : "");
	buf_release(&text);
	return err->code;
}

int written_table_error(const struct written_table *written, int rc,
			const struct row *row, struct err *err)
{
	database_file_error(written->db, rc, written->name, err);
	return written_table_context(written, row, err);
}

static bool is_column(const struct written_table *written, const char *name)
{
	for (size_t i = 0; i < written->ncolumns; i++)
		if (name_equal(written->columns[i], name))
			return true;
	return false;
}

static int read_columns(struct written_table *written, struct err *err)
{
	sqlite3_stmt *select = NULL;
	size_t cap = 0;
	int rc;

	if (statement_prepare(&select, written->db,
			      "SELECT name FROM pragma_table_xinfo(?, 'main') "
			      "WHERE hidden = 0 ORDER BY cid",
			      written->name, err) < 0)
		return err->code;
	sqlite3_bind_text(select, 1, written->table->name, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(select, 0);

		if (written->ncolumns == cap) {
			const char **columns;

			cap = cap ? cap * 2 : 32;
			columns = reallocarray(written->columns, cap,
					       sizeof(*columns));
			if (!columns)
				break;
			written->columns = columns;
		}
		written->columns[written->ncolumns] =
			name ? arena_string(&written->arena, name) : NULL;
		if (!written->columns[written->ncolumns])
			break;
		written->ncolumns++;
	}
	if (rc == SQLITE_ROW)
		err_set_nomem(err);
	else if (rc != SQLITE_DONE)
		statement_error(written->db, rc, written->name, err);
	sqlite3_finalize(select);
	return err->code;
}

/* Finds a name for the rowid that no column has. */
static int find_rowid(struct written_table *written, struct err *err)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };
	sqlite3_stmt *select = NULL;
	int rc;

	if (statement_prepare(
		    &select, written->db,
		    "SELECT wr, type = 'virtual' FROM pragma_table_list "
		    "WHERE schema = 'main' AND name = ? "
		    "COLLATE NOCASE AND type IN ('table', 'virtual')",
		    written->name, err) < 0)
		return err->code;
	sqlite3_bind_text(select, 1, written->table->name, -1, SQLITE_STATIC);
	rc = sqlite3_step(select);
	if (rc == SQLITE_ROW)
		written->is_virtual = sqlite3_column_int(select, 1) != 0;
	if (rc == SQLITE_DONE)
		err_set(err, D1_ENOTFOUND, "there is no table '%s' in '%s'",
			written->table->name, written->name);
	else if (rc != SQLITE_ROW)
		statement_error(written->db, rc, written->name, err);
	else if (sqlite3_column_int(select, 0) == 0)
		for (size_t i = 0; !written->rowid && i < ARRAY_SIZE(names);
		     i++)
			if (!is_column(written, names[i]))
				written->rowid = names[i];
	sqlite3_finalize(select);
	return err->code;
}

int written_table_find(struct written_table *written, sqlite3 *db,
		       const char *name, const struct changed_table *table,
		       struct err *err)
{
	memset(written, 0, sizeof(*written));
	written->db = db;
	written->name = name;
	written->table = table;
	if (read_columns(written, err) < 0)
		return err->code;
	return find_rowid(written, err);
}

void written_table_release(struct written_table *written)
{
	free(written->columns);
	arena_release(&written->arena);
	memset(written, 0, sizeof(*written));
}

/* ---- statements ---- */

void written_table_add_name(struct buf *sql,
			    const struct written_table *written)
{
	buf_add_string(sql, "main.");
	sql_add_name(sql, written->table->name);
}

void written_table_add_columns(struct buf *sql,
			       const struct written_table *written)
{
	buf_add_string(sql, written->rowid ? written->rowid : "");
	for (size_t i = 0; i < written->ncolumns; i++) {
		buf_add_string(sql, i > 0 || written->rowid ? ", " : "");
		sql_add_name(sql, written->columns[i]);
	}
}

int written_table_prepare(sqlite3_stmt **statement,
			  const struct written_table *written, struct buf *sql,
			  struct err *err)
{
	int rc;

	if (buf_check(sql, "a statement", err) == 0) {
		rc = sqlite3_prepare_v2(written->db, sql->data, -1, statement,
					NULL);
		if (rc != SQLITE_OK) {
			statement_error(written->db, rc, written->name, err);
			err_context(err, "table '%s'", written->table->name);
		}
	}
	buf_release(sql);
	return err->code;
}

/* SQLite counts all rows, and those of the last statement without triggers. */
static void count_fired(struct written_table *written, int before)
{
	/* a sum that may have run over */
	unsigned int all = (unsigned int)sqlite3_total_changes(written->db) -
			   (unsigned int)before;
	unsigned int own = (unsigned int)sqlite3_changes(written->db);

	if (all > own)
		written->fired += all - own;
}

int written_table_step(struct written_table *written, sqlite3_stmt *statement,
		       int *count)
{
	int before = sqlite3_total_changes(written->db);
	int rc = sqlite3_step(statement);

	*count = rc == SQLITE_DONE ? sqlite3_changes(written->db) : 0;
	if (rc == SQLITE_DONE)
		count_fired(written, before);
	sqlite3_reset(statement);
	return rc;
}

int written_table_run(struct written_table *written, struct buf *sql,
		      struct err *err)
{
	int before = sqlite3_total_changes(written->db);
	int rc;

	if (buf_check(sql, "a statement", err) == 0) {
		rc = sqlite3_exec(written->db, sql->data, NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			count_fired(written, before);
		if (rc != SQLITE_OK) {
			database_file_error(written->db, rc, written->name,
					    err);
			err_context(err, "table '%s'", written->table->name);
		}
	}
	buf_release(sql);
	return err->code;
}
