#include "config.h"

#include "apply/hunkcheck.h"

#include <stdlib.h>

#include <sqlite3.h>

#include "apply/celltext.h"
#include "apply/defaults.h"
#include "source/statement.h"
#include "util/buf.h"

/* ---- values that a column changes ---- */

/* True if the column is the rowid: it holds integers, and makes one of NULL. */
static bool is_rowid(const struct table *table, size_t column)
{
	for (size_t i = 0; i < table->nkeys; i++)
		if (table->keys[i].rowid && table->keys[i].columns[0] == column)
			return true;
	return false;
}

static int check_cell(const struct table *table, size_t place,
		      const struct value *value, struct arena *arena,
		      struct err *err)
{
	const struct column *column = &table->columns[place];
	struct value stored = *value;

	if (value->type != VALUE_INTEGER && is_rowid(table, place))
		return err_set(err, D1_EREFUSED,
			       "column '%s' of table '%s' holds integers only, "
			       "and this value is none",
			       column->name, table->name);

	if (affinity_keeps(column->affinity, value))
		return 0;
	if (default_store(&stored, column->affinity, arena, err) < 0 ||
	    value_equal(&stored, value))
		return err->code;
	return err_set(err, D1_EREFUSED,
		       "column '%s' of table '%s' has the type %s and would "
		       "make another value of this one",
		       column->name, table->name, column->type);
}

int hunk_check_stored(const struct hunk_table *table,
		      const struct row_change *change, struct arena *arena,
		      struct err *err)
{
	if (!change->new || table->table->kind == TABLE_VIRTUAL)
		return 0;
	for (size_t i = 0; i < table->scan.ncolumns; i++) {
		const struct value *value = &change->new->cells[i];

		if (table->changed.uses[i] != COLUMN_WRITTEN ||
		    (change->old && value_equal(&change->old->cells[i], value)))
			continue;
		if (check_cell(table->table, table->scan.columns[i], value,
			       arena, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- rows that come twice ---- */

enum { MAX_SQL = 1 << 20, MAX_LINE = 1 << 30 };

static const char seen_name[] = "the temporary database";

/* The rows so far, in a private file that SQLite deletes. */
struct seen_rows {
	sqlite3 *db;
	sqlite3_stmt *keyed;
	sqlite3_stmt *unkeyed;
	const struct changed_table *table;
	struct buf line;
	size_t *all; /* cells */
};

static void add_statements(struct buf *create, struct buf *insert,
			   const struct changed_table *table)
{
	buf_add_string(create,
		       "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
		       "PRAGMA cache_size=-4096; BEGIN;"
		       "CREATE TABLE unkeyed(line PRIMARY KEY) WITHOUT ROWID;");
	buf_add_string(insert, "INSERT INTO keyed VALUES(");
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_format(create, "%sc%zu COLLATE %s",
			       i > 0 ? "," : "CREATE TABLE keyed(", i,
			       collation_name(table->collations[i]));
		buf_add_string(insert, i > 0 ? ",?" : "?");
	}
	for (size_t i = 0; i < table->nkey; i++)
		buf_add_format(create, "%sc%zu", i > 0 ? "," : ",PRIMARY KEY(",
			       i);
	if (table->nkey > 0)
		buf_add_string(create, ")) WITHOUT ROWID");
	buf_add_char(insert, ')');
}

static int prepare(struct seen_rows *seen, const char *create,
		   const char *insert)
{
	int rc = sqlite3_open_v2("", &seen->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					 SQLITE_OPEN_NOMUTEX,
				 NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(seen->db, create, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(seen->db,
					"INSERT INTO unkeyed VALUES(?)", -1,
					&seen->unkeyed, NULL);
	if (rc == SQLITE_OK && seen->table->nkey > 0)
		rc = sqlite3_prepare_v2(seen->db, insert, -1, &seen->keyed,
					NULL);
	return rc;
}

static int open_seen(struct seen_rows *seen, struct err *err)
{
	size_t ncells = seen->table->ncolumns;
	struct buf create, insert;
	int rc;

	seen->all = reallocarray(NULL, ncells + 1, sizeof(*seen->all));
	if (!seen->all)
		return err_set_nomem(err);
	for (size_t i = 0; i < ncells; i++)
		seen->all[i] = i;
	buf_init(&create, MAX_SQL);
	buf_init(&insert, MAX_SQL);
	add_statements(&create, &insert, seen->table);
	if (buf_check(&create, "a statement", err) == 0 &&
	    buf_check(&insert, "a statement", err) == 0) {
		rc = prepare(seen, create.data, insert.data);
		if (rc != SQLITE_OK)
			statement_error(seen->db, rc, seen_name, err);
	}
	buf_release(&create);
	buf_release(&insert);
	return err->code;
}

static void close_seen(struct seen_rows *seen)
{
	sqlite3_finalize(seen->keyed);
	sqlite3_finalize(seen->unkeyed);
	sqlite3_close(seen->db);
	buf_release(&seen->line);
	free(seen->all);
}

static int bind_row(struct seen_rows *seen, sqlite3_stmt *insert,
		    const struct row_change *change, const struct row *row,
		    struct err *err)
{
	const struct changed_table *table = seen->table;
	int rc = SQLITE_OK;

	for (size_t i = 0; change->keyed && i < table->nkey; i++)
		if (rc == SQLITE_OK)
			rc = statement_bind(insert, (int)i + 1,
					    &row->cells[table->key[i]]);
	if (!change->keyed) {
		buf_clear(&seen->line);
		row_add_line(&seen->line, row, seen->all, table->ncolumns);
		if (buf_check(&seen->line, "a row", err) < 0)
			return err->code;
		rc = sqlite3_bind_blob64(insert, 1, seen->line.data,
					 seen->line.len, SQLITE_STATIC);
	}
	return rc == SQLITE_OK ? 0
			       : statement_error(seen->db, rc, seen_name, err);
}

static int see(void *context, const struct row_change *change, struct err *err)
{
	struct seen_rows *seen = context;
	const struct changed_table *table = seen->table;
	const struct row *row = change->old ? change->old : change->new;
	sqlite3_stmt *insert = change->keyed ? seen->keyed : seen->unkeyed;
	struct celltext text;
	int rc;

	if (bind_row(seen, insert, change, row, err) < 0)
		return err->code;
	rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	if (rc == SQLITE_CONSTRAINT)
		return err_set(err, D1_ERROR,
			       "two hunks of table '%s' are about the same "
			       "row: %s",
			       table->name,
			       change->keyed
				       ? celltext(&text, row, table->columns,
						  table->key, table->nkey)
				       : "one without a key");
	return rc == SQLITE_DONE
		       ? 0
		       : statement_error(seen->db, rc, seen_name, err);
}

int hunk_check_twice(struct changes *changes, size_t place, struct err *err)
{
	struct seen_rows seen = { .table = changes_table(changes, place) };

	buf_init(&seen.line, MAX_LINE);
	if (open_seen(&seen, err) == 0)
		(void)!changes_each_row(changes, place, see, &seen, err);
	close_seen(&seen);
	return err->code;
}
