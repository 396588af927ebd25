#include "config.h"

#include "apply/changes.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "source/privatedb.h"
#include "source/statement.h"
#include "util/buf.h"
#include "util/glob.h"

enum { OPS = CHANGE_UPDATE + 1, MAX_ROW = 1 << 30 };

struct kept_table {
	struct changed_table table;
	uint64_t counts[OPS];
};

struct changes {
	sqlite3 *db; /* a private file that SQLite deletes */
	sqlite3_stmt *insert;
	struct arena arena;
	struct kept_table *tables;
	size_t ntables;
	int64_t added; /* so far, in all tables */
	struct buf rows[2];
	sqlite3_stmt *more; /* adds to the count of the last one */
	bool unites;
	bool has_last; /* it has no key */
	enum change_op last_op;
	struct buf last; /* its row */
};

size_t changed_table_cell(const struct changed_table *table, const char *name)
{
	size_t cell = 0;

	while (cell < table->ncolumns &&
	       !name_equal(table->columns[cell], name))
		cell++;
	return cell;
}

/* ---- keeping ---- */

static int open_spool(struct changes *changes, struct err *err)
{
	static const char create[] =
		"CREATE TABLE changes(place INTEGER, op INTEGER, n INTEGER,"
		" keyed INTEGER, count INTEGER, before INTEGER,"
		" bucket INTEGER, old BLOB, new BLOB, lag INTEGER,"
		" PRIMARY KEY(place, op, n)) WITHOUT ROWID";
	int rc;

	if (private_database_open(&changes->db, create, err) < 0)
		return err->code;
	rc = sqlite3_prepare_v2(changes->db,
				"INSERT INTO changes "
				"VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				-1, &changes->insert, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(changes->db,
					"UPDATE changes SET count = count + ? "
					"WHERE place = ? AND op = ? AND n = ?",
					-1, &changes->more, NULL);
	return rc == SQLITE_OK ? 0
			       : statement_error(changes->db, rc,
						 private_database_name, err);
}

int changes_open(struct changes **changes, struct err *err)
{
	struct changes *self = calloc(1, sizeof(*self));

	*changes = NULL;
	if (!self)
		return err_set_nomem(err);
	buf_init(&self->rows[OLD], MAX_ROW);
	buf_init(&self->rows[NEW], MAX_ROW);
	buf_init(&self->last, MAX_ROW);
	if (open_spool(self, err) < 0) {
		changes_close(self);
		return err->code;
	}
	*changes = self;
	return 0;
}

void changes_close(struct changes *changes)
{
	if (!changes)
		return;
	sqlite3_finalize(changes->insert);
	sqlite3_finalize(changes->more);
	sqlite3_close(changes->db);
	arena_release(&changes->arena);
	free(changes->tables);
	buf_release(&changes->rows[OLD]);
	buf_release(&changes->rows[NEW]);
	buf_release(&changes->last);
	free(changes);
}

/* A copy of an array, also of none; NULL if out of memory. */
static void *copy_array(struct arena *arena, const void *items, size_t count,
			size_t size)
{
	void *copy = arena_array(arena, count + 1, size);

	if (copy && count > 0)
		memcpy(copy, items, count * size);
	return copy;
}

static bool copy_table(struct changed_table *copy, struct arena *arena,
		       const struct changed_table *table)
{
	const char **columns =
		arena_array(arena, table->ncolumns + 1, sizeof(*columns));

	*copy = *table;
	copy->name = arena_string(arena, table->name);
	copy->columns = columns;
	if (table->timestamp)
		copy->timestamp = arena_string(arena, table->timestamp);
	copy->key =
		copy_array(arena, table->key, table->nkey, sizeof(*table->key));
	copy->collations = copy_array(arena, table->collations, table->nkey,
				      sizeof(*table->collations));
	if (table->uses)
		copy->uses = copy_array(arena, table->uses, table->ncolumns,
					sizeof(*table->uses));
	if (!copy->name || (table->timestamp && !copy->timestamp) || !columns ||
	    !copy->key || !copy->collations || (table->uses && !copy->uses))
		return false;
	for (size_t i = 0; i < table->ncolumns; i++) {
		columns[i] = arena_string(arena, table->columns[i]);
		if (!columns[i])
			return false;
	}
	return true;
}

int changes_begin_table(struct changes *changes,
			const struct changed_table *table, struct err *err)
{
	struct kept_table *tables =
		reallocarray(changes->tables, changes->ntables + 1,
			     sizeof(*tables));

	if (!tables)
		return err_set_nomem(err);
	changes->tables = tables;
	memset(&tables[changes->ntables], 0, sizeof(*tables));
	if (!copy_table(&tables[changes->ntables].table, &changes->arena,
			table))
		return err_set_nomem(err);
	changes->ntables++;
	changes->has_last = false;
	return 0;
}

static int pack_side(struct changes *changes, int side, const struct row *row,
		     struct err *err)
{
	struct buf *bytes = &changes->rows[side];

	buf_clear(bytes);
	if (row)
		row_pack(bytes, row);
	return buf_check(bytes, "a row", err);
}

static int bind_row(struct changes *changes, int side, const struct row *row)
{
	const struct buf *bytes = &changes->rows[side];
	int parameter = side == OLD ? 8 : 9;

	if (!row)
		return sqlite3_bind_null(changes->insert, parameter);
	return sqlite3_bind_blob64(changes->insert, parameter,
				   bytes->data ? bytes->data : "", bytes->len,
				   SQLITE_STATIC);
}

/* True if it is the same as the last one, and has no key. */
static bool is_more(const struct changes *changes,
		    const struct row_change *change)
{
	const struct buf *bytes = &changes->rows[change->old ? OLD : NEW];

	return changes->unites && !change->keyed && changes->has_last &&
	       changes->last_op == change->op && bytes->len > 0 &&
	       changes->last.len == bytes->len &&
	       memcmp(changes->last.data, bytes->data, bytes->len) == 0;
}

/* Columns that one side has alone tell rows apart that are alike here. */
static int add_more(struct changes *changes, const struct row_change *change)
{
	sqlite3_stmt *more = changes->more;
	int rc;

	sqlite3_bind_int64(more, 1, (sqlite3_int64)change->count);
	sqlite3_bind_int64(more, 2, (sqlite3_int64)changes->ntables - 1);
	sqlite3_bind_int(more, 3, change->op);
	sqlite3_bind_int64(more, 4, changes->added - 1);
	rc = sqlite3_step(more);
	sqlite3_reset(more);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int add_new(struct changes *changes, const struct row_change *change)
{
	sqlite3_stmt *insert = changes->insert;
	int rc;

	sqlite3_bind_int64(insert, 1, (sqlite3_int64)changes->ntables - 1);
	sqlite3_bind_int(insert, 2, change->op);
	sqlite3_bind_int64(insert, 3, changes->added++);
	sqlite3_bind_int(insert, 4, change->keyed);
	sqlite3_bind_int64(insert, 5, (sqlite3_int64)change->count);
	sqlite3_bind_int64(insert, 6, (sqlite3_int64)change->before);
	sqlite3_bind_int(insert, 7, change->bucket);
	sqlite3_bind_int(insert, 10, change->lag);
	rc = bind_row(changes, OLD, change->old);
	if (rc == SQLITE_OK)
		rc = bind_row(changes, NEW, change->new);
	if (rc == SQLITE_OK && sqlite3_step(insert) != SQLITE_DONE)
		rc = sqlite3_errcode(changes->db);
	sqlite3_reset(insert);
	return rc;
}

static int note_last(struct changes *changes, const struct row_change *change,
		     struct err *err)
{
	const struct buf *bytes = &changes->rows[change->old ? OLD : NEW];

	changes->has_last = changes->unites && !change->keyed;
	changes->last_op = change->op;
	if (!changes->has_last)
		return 0;
	buf_clear(&changes->last);
	buf_add(&changes->last, bytes->data, bytes->len);
	return buf_check(&changes->last, "a row", err);
}

int changes_add(struct changes *changes, const struct row_change *change,
		struct err *err)
{
	struct kept_table *kept = &changes->tables[changes->ntables - 1];
	int rc;

	if (pack_side(changes, OLD, change->old, err) < 0 ||
	    pack_side(changes, NEW, change->new, err) < 0)
		return err->code;
	rc = is_more(changes, change) ? add_more(changes, change)
				      : add_new(changes, change);
	if (rc != SQLITE_OK)
		return statement_error(changes->db, rc, private_database_name,
				       err);
	kept->counts[change->op] += change->count;
	return note_last(changes, change, err);
}

void changes_unite(struct changes *changes)
{
	changes->unites = true;
}

/* ---- asking ---- */

size_t changes_tables(const struct changes *changes)
{
	return changes->ntables;
}

const struct changed_table *changes_table(const struct changes *changes,
					  size_t table)
{
	return &changes->tables[table].table;
}

uint64_t changes_count(const struct changes *changes, size_t table,
		       enum change_op op)
{
	return changes->tables[table].counts[op];
}

bool changes_table_is_empty(const struct changes *changes, size_t table)
{
	for (int op = 0; op < OPS; op++)
		if (changes->tables[table].counts[op] > 0)
			return false;
	return true;
}

bool changes_are_empty(const struct changes *changes)
{
	for (size_t i = 0; i < changes->ntables; i++)
		if (!changes_table_is_empty(changes, i))
			return false;
	return true;
}

static const struct row *read_row(struct row *row, sqlite3_stmt *select,
				  int column, struct value *cells,
				  size_t ncells)
{
	if (sqlite3_column_type(select, column) == SQLITE_NULL)
		return NULL;
	row_unpack(cells, ncells, sqlite3_column_blob(select, column));
	row->cells = cells;
	row->ncells = ncells;
	return row;
}

/* The change that a statement is at; its rows are in `rows`. */
static void read_change(struct row_change *change, struct row rows[2],
			sqlite3_stmt *select, struct value *cells,
			size_t ncells)
{
	*change = (struct row_change){
		.op = (enum change_op)sqlite3_column_int(select, 0),
		.keyed = sqlite3_column_int(select, 1) != 0,
		.count = (uint64_t)sqlite3_column_int64(select, 2),
		.before = (uint64_t)sqlite3_column_int64(select, 3),
		.bucket = (enum bucket)sqlite3_column_int(select, 4),
		.old = read_row(&rows[OLD], select, 5, cells, ncells),
		.new = read_row(&rows[NEW], select, 6, cells + ncells, ncells),
		.lag = (enum row_lag)sqlite3_column_int(select, 7),
	};
}

static int each_row(sqlite3_stmt *select, struct value *cells, size_t ncells,
		    row_change_fn *use, void *context, struct err *err)
{
	int rc;

	while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
		struct row_change change;
		struct row rows[2];

		read_change(&change, rows, select, cells, ncells);
		if (use(context, &change, err) < 0)
			return err->code;
	}
	return rc == SQLITE_DONE
		       ? 0
		       : statement_error(sqlite3_db_handle(select), rc,
					 private_database_name, err);
}

/* Uses the rows of a statement about the table, and about `op` if not -1. */
static int each(struct changes *changes, const char *sql, size_t table, int op,
		row_change_fn *use, void *context, struct err *err)
{
	size_t ncells = changes->tables[table].table.ncolumns;
	struct value *cells = calloc(2 * ncells + 1, sizeof(*cells));
	sqlite3_stmt *select = NULL;

	if (!cells)
		return err_set_nomem(err);
	if (statement_prepare(&select, changes->db, sql, private_database_name,
			      err) == 0) {
		sqlite3_bind_int64(select, 1, (sqlite3_int64)table);
		if (op >= 0)
			sqlite3_bind_int(select, 2, op);
		(void)!each_row(select, cells, ncells, use, context, err);
	}
	sqlite3_finalize(select);
	free(cells);
	return err->code;
}

#define SELECT_CHANGES \
	"SELECT op, keyed, count, before, bucket, old, new, lag, n " \
	"FROM changes WHERE place = ?1 "

int changes_each(struct changes *changes, size_t table, enum change_op op,
		 row_change_fn *use, void *context, struct err *err)
{
	return each(changes, SELECT_CHANGES "AND op = ?2 ORDER BY n", table,
		    (int)op, use, context, err);
}

/* Each kind comes in its order already: to merge them is cheaper than to sort.
 */
int changes_each_row(struct changes *changes, size_t table, row_change_fn *use,
		     void *context, struct err *err)
{
	static const char merge[] = SELECT_CHANGES
		"AND op = 0 UNION ALL " SELECT_CHANGES
		"AND op = 1 UNION ALL " SELECT_CHANGES "AND op = 2 ORDER BY n";

	_Static_assert(OPS == 3, "one SELECT for each kind");
	return each(changes, merge, table, -1, use, context, err);
}

/* ---- who is behind ---- */

/* What judges changes, and how its judgements are kept. */
struct judging {
	row_judge_fn *judge;
	void *context;
	sqlite3_stmt *select;
	sqlite3_stmt *update;
	size_t table;
};

static int keep_lag(const struct judging *judging, enum row_lag lag,
		    struct err *err)
{
	sqlite3_stmt *update = judging->update;
	int rc;

	sqlite3_bind_int(update, 1, lag);
	sqlite3_bind_int64(update, 2, (sqlite3_int64)judging->table);
	sqlite3_bind_int(update, 3, sqlite3_column_int(judging->select, 0));
	sqlite3_bind_int64(update, 4, sqlite3_column_int64(judging->select, 8));
	rc = sqlite3_step(update);
	sqlite3_reset(update);
	return rc == SQLITE_DONE
		       ? 0
		       : statement_error(sqlite3_db_handle(update), rc,
					 private_database_name, err);
}

static int judge_change(void *context, const struct row_change *change,
			struct err *err)
{
	const struct judging *judging = context;
	enum row_lag lag = LAG_UNKNOWN;

	if (judging->judge(judging->context, change, &lag, err) < 0)
		return err->code;
	return lag == LAG_UNKNOWN ? 0 : keep_lag(judging, lag, err);
}

/* The changes are sorted before the first is told: they may be updated. */
int changes_judge(struct changes *changes, size_t table, row_judge_fn *judge,
		  void *context, struct err *err)
{
	size_t ncells = changes->tables[table].table.ncolumns;
	struct value *cells = calloc(2 * ncells + 1, sizeof(*cells));
	struct judging judging = { .judge = judge,
				   .context = context,
				   .table = table };
	int rc;

	if (!cells)
		return err_set_nomem(err);
	rc = sqlite3_prepare_v2(changes->db,
				"UPDATE changes SET lag = ? WHERE place = ? "
				"AND op = ? AND n = ?",
				-1, &judging.update, NULL);
	if (rc != SQLITE_OK)
		statement_error(changes->db, rc, private_database_name, err);
	else if (statement_prepare(&judging.select, changes->db,
				   SELECT_CHANGES "ORDER BY n",
				   private_database_name, err) == 0) {
		sqlite3_bind_int64(judging.select, 1, (sqlite3_int64)table);
		(void)!each_row(judging.select, cells, ncells, judge_change,
				&judging, err);
	}
	sqlite3_finalize(judging.select);
	sqlite3_finalize(judging.update);
	free(cells);
	return err->code;
}

/* ---- the rows of one side ---- */

/* Its rows one by one, each as often as it is there. */
struct side_rows {
	struct changes_rows rows;
	int side;
	sqlite3_stmt *select;
	uint64_t left; /* of the row that was delivered last */
	struct row row;
	struct value cells[];
};

/* How many rows like it the side has: one without a key may have several. */
static uint64_t count_on_side(const struct side_rows *self)
{
	int op = sqlite3_column_int(self->select, 0);
	bool keyed = sqlite3_column_int(self->select, 1) != 0;
	uint64_t count = (uint64_t)sqlite3_column_int64(self->select, 2);
	uint64_t before = (uint64_t)sqlite3_column_int64(self->select, 3);

	if (keyed)
		return op == (self->side == OLD ? CHANGE_INSERT : CHANGE_DELETE)
			       ? 0
			       : 1;
	if (self->side == OLD)
		return before;
	return op == CHANGE_INSERT ? before + count : before - count;
}

static int side_next(struct cursor *cursor, const struct row **row,
		     struct err *err)
{
	struct side_rows *self = (struct side_rows *)cursor;
	sqlite3_stmt *select = self->select;

	*row = &self->row;
	while (self->left == 0) {
		int rc = sqlite3_step(select);
		int column;

		if (rc == SQLITE_DONE) {
			*row = NULL;
			return 0;
		}
		if (rc != SQLITE_ROW)
			return statement_error(sqlite3_db_handle(select), rc,
					       private_database_name, err);
		self->left = count_on_side(self);
		self->rows.bucket = (enum bucket)sqlite3_column_int(select, 4);
		/* rows without a key are held by the side that has more */
		column = 5 + self->side;
		if (sqlite3_column_type(select, column) == SQLITE_NULL)
			column = 5 + !self->side;
		row_unpack(self->cells, self->row.ncells,
			   sqlite3_column_blob(select, column));
	}
	self->left--;
	return 0;
}

static void side_close(struct cursor *cursor)
{
	sqlite3_finalize(((struct side_rows *)cursor)->select);
	free(cursor);
}

int changes_open_rows(struct changes *changes, size_t table, int side,
		      bool keyed, struct changes_rows **rows, struct err *err)
{
	size_t ncells = changes->tables[table].table.ncolumns;
	struct side_rows *self =
		calloc(1, sizeof(*self) + ncells * sizeof(self->cells[0]));

	*rows = NULL;
	if (!self)
		return err_set_nomem(err);
	self->rows.cursor.next = side_next;
	self->rows.cursor.close = side_close;
	self->side = side;
	self->row.cells = self->cells;
	self->row.ncells = ncells;
	if (statement_prepare(&self->select, changes->db,
			      SELECT_CHANGES "AND keyed = ?2 ORDER BY n",
			      private_database_name, err) < 0) {
		free(self);
		return err->code;
	}
	sqlite3_bind_int64(self->select, 1, (sqlite3_int64)table);
	sqlite3_bind_int(self->select, 2, keyed);
	*rows = &self->rows;
	return 0;
}
