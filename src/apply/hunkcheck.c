#include "config.h"

#include "apply/hunkcheck.h"

#include <inttypes.h>

#include <sqlite3.h>

#include "apply/celltext.h"
#include "apply/defaults.h"
#include "source/privatedb.h"
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

/* ---- hunks that were cut off ---- */

static bool is_in_key(const struct scan *scan, size_t cell)
{
	for (size_t i = 0; i < scan->nkey; i++)
		if (scan->key[i] == cell)
			return true;
	return false;
}

int hunk_check_bare(const struct hunk_table *table,
		    const struct patch_hunk *hunk, struct err *err)
{
	const struct patch_table *told = table->patch;

	if (hunk->op == PATCH_UPDATE || hunk->ncells > 0 ||
	    told->nonly[PATCH_OLD] > 0 || told->nonly[PATCH_NEW] > 0)
		return 0;
	for (size_t i = 0; i < table->scan.ncolumns; i++) {
		if (table->changed.uses[i] != COLUMN_WRITTEN ||
		    is_in_key(&table->scan, i))
			continue;
		err_set(err, D1_EREFUSED,
			"the hunk shows no value of its row, not even '%s': "
			"was the patch cut off?",
			table->changed.columns[i]);
		return err_hint(err, "if it was edited, --recount takes it as "
				     "it is");
	}
	return 0;
}

/* ---- rows that no database holds ---- */

/*
 * Cloudflare's limit of a database, 10 GB (developers.cloudflare.com/d1/
 * platform/limits), in the larger of the units that may be meant. Of a row the
 * least that SQLite stores (sqlite.org/fileformat.html, 1.6 and 2.1): a cell
 * pointer of two bytes, and one byte each of payload size, rowid, header size
 * and type. Texts and blobs come to that where rows are inserted; of rows that
 * are there they may be a default that was never stored.
 */
#define MOST_BYTES (UINT64_C(10) << 30)
enum { LEAST_ROW = 6 };

/* The least that the rows take, MOST_BYTES or more if that does not matter. */
static uint64_t least_bytes(uint64_t rows, uint64_t size)
{
	uint64_t bytes;

	return __builtin_mul_overflow(rows, size, &bytes) || bytes > MOST_BYTES
		       ? MOST_BYTES + 1
		       : bytes;
}

int hunk_check_count(const struct patch_hunk *hunk, const struct row *row,
		     struct err *err)
{
	uint64_t size = LEAST_ROW;
	uint64_t bytes = least_bytes(hunk->before, LEAST_ROW);

	for (size_t i = 0; i < row->ncells; i++)
		if (row->cells[i].type == VALUE_TEXT ||
		    row->cells[i].type == VALUE_BLOB)
			size += row->cells[i].size;
	if (hunk->op == PATCH_INSERT)
		bytes += least_bytes(hunk->count, size);
	if (bytes <= MOST_BYTES)
		return 0;
	return err_set(err, D1_EREFUSED,
		       "no database of D1 holds so many rows: %" PRIu64
		       " rows, %" PRIu64 " before, take more than 10 GB",
		       hunk->count, hunk->before);
}

/* ---- rows that come twice ---- */

enum { MAX_SQL = 1 << 20 };

/* The rows so far, in a private database. */
struct seen_rows {
	sqlite3 *db;
	sqlite3_stmt *insert;
	const struct changed_table *table;
};

static void add_statements(struct buf *create, struct buf *insert,
			   const struct changed_table *table)
{
	buf_add_string(create, "CREATE TABLE seen(");
	buf_add_string(insert, "INSERT INTO seen VALUES(");
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_format(create, "c%zu COLLATE %s,", i,
			       collation_name(table->collations[i]));
		buf_add_string(insert, i > 0 ? ",?" : "?");
	}
	buf_add_string(create, "PRIMARY KEY(");
	for (size_t i = 0; i < table->nkey; i++)
		buf_add_format(create, "%sc%zu", i > 0 ? "," : "", i);
	buf_add_string(create, ")) WITHOUT ROWID");
	buf_add_char(insert, ')');
}

static int open_seen(struct seen_rows *seen, struct err *err)
{
	struct buf create, insert;

	buf_init(&create, MAX_SQL);
	buf_init(&insert, MAX_SQL);
	add_statements(&create, &insert, seen->table);
	if (buf_check(&create, "a statement", err) == 0 &&
	    buf_check(&insert, "a statement", err) == 0 &&
	    private_database_open(&seen->db, create.data, err) == 0) {
		int rc = sqlite3_prepare_v2(seen->db, insert.data, -1,
					    &seen->insert, NULL);

		if (rc != SQLITE_OK)
			statement_error(seen->db, rc, private_database_name,
					err);
	}
	buf_release(&create);
	buf_release(&insert);
	return err->code;
}

static int see(void *context, const struct row_change *change, struct err *err)
{
	struct seen_rows *seen = context;
	const struct changed_table *table = seen->table;
	const struct row *row = change->old ? change->old : change->new;
	struct celltext text;
	int rc = SQLITE_OK;

	if (!change->keyed)
		return 0;
	for (size_t i = 0; i < table->nkey && rc == SQLITE_OK; i++)
		rc = statement_bind(seen->insert, (int)i + 1,
				    &row->cells[table->key[i]]);
	if (rc != SQLITE_OK)
		return statement_error(seen->db, rc, private_database_name,
				       err);
	sqlite3_step(seen->insert);
	rc = sqlite3_reset(seen->insert);
	if (rc == SQLITE_CONSTRAINT)
		return err_set(err, D1_ERROR,
			       "two hunks of table '%s' are about the same "
			       "row: %s",
			       table->name,
			       celltext(&text, row, table->columns, table->key,
					table->nkey));
	return rc == SQLITE_OK ? 0
			       : statement_error(seen->db, rc,
						 private_database_name, err);
}

int hunk_check_twice(struct changes *changes, size_t place, struct err *err)
{
	struct seen_rows seen = { .table = changes_table(changes, place) };

	if (open_seen(&seen, err) == 0)
		(void)!changes_each_row(changes, place, see, &seen, err);
	sqlite3_finalize(seen.insert);
	sqlite3_close(seen.db);
	return err->code;
}
