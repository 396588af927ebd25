#include "config.h"

#include "apply/rowwriter.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "apply/equalrows.h"
#include "apply/rowguard.h"
#include "apply/rowseek.h"
#include "apply/writtentable.h"
#include "diff/mask.h"
#include "model/sql.h"
#include "source/statement.h"
#include "util/glob.h"

enum { KEPT_UPDATES = 16 };

/* An update of certain columns. */
struct update {
	sqlite3_stmt *statement;
	bool *columns; /* of the changed table: is it written? */
};

struct row_writer {
	struct written_table written;
	struct row_seek seek;
	struct row_guard guard;
	sqlite3_stmt *insert;
	sqlite3_stmt *remove;
	sqlite3_stmt *park; /* a row that waits; not NULL: some do */
	struct update updates[KEPT_UPDATES];
	size_t next_update;	  /* the one to be replaced */
	struct equal_rows *equal; /* NULL: none of them is to go */
	bool fires;		  /* triggers do */
	bool guards;		  /* rows may have changed */
};

int row_writer_open(struct row_writer **writer, sqlite3 *db, const char *name,
		    const struct changed_table *table, struct err *err)
{
	struct row_writer *self = calloc(1, sizeof(*self));

	*writer = NULL;
	if (!self)
		return err_set_nomem(err);
	if (written_table_find(&self->written, db, name, table, err) < 0) {
		row_writer_close(self);
		return err->code;
	}
	row_seek_init(&self->seek, &self->written);
	self->guard.seek = &self->seek;
	*writer = self;
	return 0;
}

/* What deletes and updates; it is made again when it is needed. */
static void finalize_keyed(struct row_writer *writer)
{
	sqlite3_finalize(writer->remove);
	writer->remove = NULL;
	row_guard_forget(&writer->guard);
	for (size_t i = 0; i < KEPT_UPDATES; i++) {
		sqlite3_finalize(writer->updates[i].statement);
		writer->updates[i].statement = NULL;
	}
}

void row_writer_close(struct row_writer *writer)
{
	if (!writer)
		return;
	sqlite3_finalize(writer->insert);
	sqlite3_finalize(writer->park);
	finalize_keyed(writer);
	for (size_t i = 0; i < KEPT_UPDATES; i++)
		free(writer->updates[i].columns);
	row_seek_release(&writer->seek);
	equal_rows_close(writer->equal);
	written_table_release(&writer->written);
	free(writer);
}

void row_writer_guard(struct row_writer *writer)
{
	writer->guards = true;
}

void row_writer_let_fire(struct row_writer *writer)
{
	writer->fires = true;
}

uint64_t row_writer_fired(const struct row_writer *writer)
{
	return writer->written.fired;
}

/* ---- statements for one row ---- */

/* Before a row is looked for by its key. */
static int prepare_keyed(struct row_writer *writer, struct err *err)
{
	if (writer->fires || !row_seek_is_slow(&writer->seek))
		return 0;
	finalize_keyed(writer);
	return row_seek_note_places(&writer->seek, err);
}

/* D1_ECONFLICT if the row is not there as the change found it. */
static int check_same(struct row_writer *writer, const struct row *row,
		      struct err *err)
{
	if (!writer->guards || writer->fires)
		return 0;
	return row_guard_check(&writer->guard, row, err);
}

/* A statement that was for one row changed so many. */
static int check_one(const struct row_writer *writer, int count,
		     const struct row *row, struct err *err)
{
	if (count == 1 || (count == 0 && writer->fires))
		return 0;
	err_set(err, D1_ECONFLICT,
		count == 0 ? "it is not there any more"
			   : "its key stands for %d rows",
		count);
	return written_table_context(&writer->written, row, err);
}

/* Runs a statement that must reach exactly one row. */
static int step_one(struct row_writer *writer, sqlite3_stmt *statement,
		    const struct row *row, struct err *err)
{
	int count;
	int rc = row_seek_step(&writer->seek, statement, &count);

	if (rc != SQLITE_DONE)
		return written_table_error(&writer->written, rc, row, err);
	return check_one(writer, count, row, err);
}

int row_writer_check(struct row_writer *writer, const struct row_change *change,
		     struct err *err)
{
	if (!change->keyed || change->op == CHANGE_INSERT)
		return 0;
	if (row_seek_is_slow(&writer->seek) &&
	    row_seek_note_places(&writer->seek, err) < 0)
		return err->code;
	return row_guard_check(&writer->guard, change->old, err);
}

/* ---- deleting ---- */

static int delete_equal(struct row_writer *writer,
			const struct row_change *change, struct err *err)
{
	if (!writer->equal &&
	    equal_rows_open(&writer->equal, &writer->written, err) < 0)
		return err->code;
	return equal_rows_add(writer->equal, change->old, change->count, err);
}

int row_writer_delete(struct row_writer *writer,
		      const struct row_change *change, struct err *err)
{
	int rc;

	if (!change->keyed)
		return delete_equal(writer, change, err);
	if (prepare_keyed(writer, err) < 0 ||
	    check_same(writer, change->old, err) < 0)
		return err->code;
	if (!writer->remove) {
		struct buf sql;

		buf_init(&sql, WRITTEN_SQL);
		buf_add_string(&sql, "DELETE FROM ");
		written_table_add_name(&sql, &writer->written);
		row_seek_add_where(&sql, &writer->seek, 1);
		if (written_table_prepare(&writer->remove, &writer->written,
					  &sql, err) < 0)
			return err->code;
	}
	rc = row_seek_bind(writer->remove, &writer->seek, 1, change->old);
	if (rc != SQLITE_OK)
		return written_table_error(&writer->written, rc, change->old,
					   err);
	return step_one(writer, writer->remove, change->old, err);
}

int row_writer_end_deletes(struct row_writer *writer, struct err *err)
{
	return writer->equal ? equal_rows_delete(writer->equal, err) : 0;
}

/* ---- updating ---- */

static bool is_changed(const struct row_writer *writer,
		       const struct row_change *change, size_t cell)
{
	const struct changed_table *table = writer->written.table;

	return (!table->uses || table->uses[cell] == COLUMN_WRITTEN) &&
	       !value_equal(&change->old->cells[cell],
			    &change->new->cells[cell]);
}

static bool is_update_of(const struct row_writer *writer,
			 const struct update *update,
			 const struct row_change *change)
{
	if (!update->statement)
		return false;
	for (size_t i = 0; i < writer->written.table->ncolumns; i++)
		if (update->columns[i] != is_changed(writer, change, i))
			return false;
	return true;
}

/* As rowstatement.h says of its `kept`. */
static void add_kept(struct buf *sql, const struct row_writer *writer,
		     const struct update *update)
{
	const struct written_table *written = &writer->written;
	const struct changed_table *table = written->table;

	for (size_t i = 0; written->is_virtual && i < written->ncolumns; i++) {
		bool set = false;

		for (size_t c = 0; c < table->ncolumns && !set; c++)
			set = update->columns[c] &&
			      name_equal(table->columns[c],
					 written->columns[i]);
		if (set)
			continue;
		buf_add_string(sql, ", ");
		sql_add_name(sql, written->columns[i]);
		buf_add_string(sql, " = ");
		sql_add_name(sql, written->columns[i]);
	}
}

/* "UPDATE t SET a = ?1, ... WHERE k = ?...", of the columns that change. */
static int prepare_update(struct row_writer *writer, struct update *update,
			  const struct row_change *change, struct err *err)
{
	const struct changed_table *table = writer->written.table;
	size_t count = 0;
	struct buf sql;

	sqlite3_finalize(update->statement);
	update->statement = NULL;
	if (!update->columns)
		update->columns = calloc(table->ncolumns + 1, sizeof(bool));
	if (!update->columns)
		return err_set_nomem(err);
	buf_init(&sql, WRITTEN_SQL);
	/* whatever the table says of conflicts, no other row may go */
	buf_add_string(&sql, "UPDATE OR ABORT ");
	written_table_add_name(&sql, &writer->written);
	for (size_t i = 0; i < table->ncolumns; i++) {
		update->columns[i] = is_changed(writer, change, i);
		if (!update->columns[i])
			continue;
		buf_add_string(&sql, count++ > 0 ? ", " : " SET ");
		sql_add_name(&sql, table->columns[i]);
		buf_add_format(&sql, " = ?%zu", count);
	}
	add_kept(&sql, writer, update);
	row_seek_add_where(&sql, &writer->seek, count + 1);
	return written_table_prepare(&update->statement, &writer->written, &sql,
				     err);
}

static int find_update(struct row_writer *writer, struct update **update,
		       const struct row_change *change, struct err *err)
{
	for (size_t i = 0; i < KEPT_UPDATES; i++) {
		*update = &writer->updates[i];
		if (is_update_of(writer, *update, change))
			return 0;
	}
	*update = &writer->updates[writer->next_update++ % KEPT_UPDATES];
	return prepare_update(writer, *update, change, err);
}

/* Makes the place where rows wait. Its columns are the rowid, then c0, ... */
static int prepare_parking(struct row_writer *writer, struct err *err)
{
	struct buf sql;

	if (writer->park)
		return 0;
	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "CREATE TEMP TABLE git_d1_parked(");
	buf_add_string(&sql, writer->written.rowid ? "r, " : "");
	for (size_t i = 0; i < writer->written.ncolumns; i++)
		buf_add_format(&sql, "%sc%zu", i > 0 ? ", " : "", i);
	buf_add_char(&sql, ')');
	if (written_table_run(&writer->written, &sql, err) < 0)
		return err->code;
	buf_add_string(&sql, "INSERT INTO temp.git_d1_parked SELECT ");
	written_table_add_columns(&sql, &writer->written);
	buf_add_string(&sql, " FROM ");
	written_table_add_name(&sql, &writer->written);
	row_seek_add_where(&sql, &writer->seek, 1);
	return written_table_prepare(&writer->park, &writer->written, &sql,
				     err);
}

static size_t stored_place(const struct row_writer *writer, const char *name)
{
	size_t place = 0;

	while (place < writer->written.ncolumns &&
	       !name_equal(writer->written.columns[place], name))
		place++;
	return place;
}

/* Gives the row that was parked last its new cells. */
static int change_parked(struct row_writer *writer,
			 const struct row_change *change, struct err *err)
{
	const struct changed_table *table = writer->written.table;
	sqlite3_stmt *statement = NULL;
	struct buf sql;
	size_t count = 0;
	int rc = SQLITE_OK;

	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "UPDATE temp.git_d1_parked");
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!is_changed(writer, change, i))
			continue;
		buf_add_format(&sql, "%s c%zu = ?", count++ > 0 ? "," : " SET",
			       stored_place(writer, table->columns[i]));
	}
	buf_add_string(&sql, " WHERE rowid = last_insert_rowid()");
	if (written_table_prepare(&statement, &writer->written, &sql, err) < 0)
		return err->code;
	count = 0;
	for (size_t i = 0; i < table->ncolumns && rc == SQLITE_OK; i++)
		if (is_changed(writer, change, i))
			rc = statement_bind(statement, (int)++count,
					    &change->new->cells[i]);
	if (rc == SQLITE_OK)
		(void)!step_one(writer, statement, change->old, err);
	else
		written_table_error(&writer->written, rc, change->old, err);
	sqlite3_finalize(statement);
	return err->code;
}

static int park_row(struct row_writer *writer, const struct row_change *change,
		    struct err *err)
{
	const struct row_change removal = { .op = CHANGE_DELETE,
					    .keyed = true,
					    .count = 1,
					    .old = change->old };
	int rc;

	if (prepare_parking(writer, err) < 0)
		return err->code;
	rc = row_seek_bind(writer->park, &writer->seek, 1, change->old);
	if (rc != SQLITE_OK)
		return written_table_error(&writer->written, rc, change->old,
					   err);
	if (step_one(writer, writer->park, change->old, err) < 0 ||
	    change_parked(writer, change, err) < 0)
		return err->code;
	return row_writer_delete(writer, &removal, err);
}

/* True if another row may hold the value only for now. */
static bool may_be_in_the_way(int rc)
{
	return rc == SQLITE_CONSTRAINT_UNIQUE ||
	       rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
	       rc == SQLITE_CONSTRAINT_ROWID;
}

int row_writer_update(struct row_writer *writer,
		      const struct row_change *change, struct err *err)
{
	struct update *update;
	size_t count = 0;
	int changed;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < writer->written.table->ncolumns; i++)
		count += is_changed(writer, change, i);
	if (count == 0)
		return 0;
	if (prepare_keyed(writer, err) < 0 ||
	    check_same(writer, change->old, err) < 0 ||
	    find_update(writer, &update, change, err) < 0)
		return err->code;
	count = 0;
	for (size_t i = 0;
	     i < writer->written.table->ncolumns && rc == SQLITE_OK; i++)
		if (update->columns[i])
			rc = statement_bind(update->statement, (int)++count,
					    &change->new->cells[i]);
	if (rc == SQLITE_OK)
		rc = row_seek_bind(update->statement, &writer->seek, count + 1,
				   change->old);
	if (rc != SQLITE_OK)
		return written_table_error(&writer->written, rc, change->old,
					   err);
	rc = row_seek_step(&writer->seek, update->statement, &changed);
	if (may_be_in_the_way(rc) && !writer->fires)
		return park_row(writer, change, err);
	if (rc != SQLITE_DONE) {
		written_table_error(&writer->written, rc, change->old, err);
		return may_be_in_the_way(rc)
			       ? err_hint(err,
					  "rows can exchange unique values "
					  "only if no trigger fires")
			       : err->code;
	}
	return check_one(writer, changed, change->old, err);
}

int row_writer_end_updates(struct row_writer *writer, struct err *err)
{
	struct buf sql;

	if (!writer->park)
		return 0;
	sqlite3_finalize(writer->park);
	writer->park = NULL;
	buf_init(&sql, WRITTEN_SQL);
	/* of a rowid and its alias the one that stands last counts */
	buf_add_string(&sql, "INSERT OR ABORT INTO ");
	written_table_add_name(&sql, &writer->written);
	buf_add_char(&sql, '(');
	written_table_add_columns(&sql, &writer->written);
	buf_add_string(&sql, ") SELECT * FROM temp.git_d1_parked;"
			     "DROP TABLE temp.git_d1_parked");
	return written_table_run(&writer->written, &sql, err);
}

/* ---- inserting ---- */

static bool is_inserted(const struct changed_table *table, size_t cell)
{
	return !table->uses || table->uses[cell] != COLUMN_GENERATED;
}

static int prepare_insert(struct row_writer *writer, struct err *err)
{
	const struct changed_table *table = writer->written.table;
	size_t count = 0;
	struct buf sql;

	if (writer->insert)
		return 0;
	buf_init(&sql, WRITTEN_SQL);
	buf_add_string(&sql, "INSERT OR ABORT INTO ");
	written_table_add_name(&sql, &writer->written);
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (!is_inserted(table, i))
			continue;
		buf_add_string(&sql, count++ > 0 ? ", " : "(");
		sql_add_name(&sql, table->columns[i]);
	}
	for (size_t i = 0; i < count; i++)
		buf_add_string(&sql, i > 0 ? ", ?" : ") VALUES(?");
	buf_add_string(&sql, count > 0 ? ")" : " DEFAULT VALUES");
	return written_table_prepare(&writer->insert, &writer->written, &sql,
				     err);
}

static int bind_cells(const struct row_writer *writer, const struct row *row)
{
	const struct changed_table *table = writer->written.table;
	int parameter = 1;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < row->ncells && rc == SQLITE_OK; i++) {
		struct value cell = row->cells[i];

		if (!is_inserted(table, i))
			continue;
		if (table->uses && table->uses[i] == COLUMN_INSERTED &&
		    mask_is_mask(&cell))
			cell.size = MASK_PLACEHOLDER_SIZE;
		rc = statement_bind(writer->insert, parameter++, &cell);
	}
	return rc;
}

/* A row that changed before its turn is no matter, one left out is. */
static int insert_one(struct row_writer *writer, const struct row *row,
		      struct err *err)
{
	int count;
	int rc = written_table_step(&writer->written, writer->insert, &count);

	if (rc != SQLITE_DONE)
		return written_table_error(&writer->written, rc, row, err);
	if (count == 1)
		return 0;
	err_set(err, D1_ECONFLICT, "a trigger does not let it be inserted");
	return written_table_context(&writer->written, row, err);
}

int row_writer_insert(struct row_writer *writer,
		      const struct row_change *change, struct err *err)
{
	int rc;

	if (prepare_insert(writer, err) < 0)
		return err->code;
	rc = bind_cells(writer, change->new);
	if (rc != SQLITE_OK)
		return written_table_error(&writer->written, rc, change->new,
					   err);
	for (uint64_t i = 0; i < change->count; i++)
		if (insert_one(writer, change->new, err) < 0)
			return err->code;
	return 0;
}
