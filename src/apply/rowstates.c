#include "config.h"

#include "apply/rowstates.h"

#include <stdlib.h>

#include <sqlite3.h>

#include "source/privatedb.h"
#include "source/statement.h"
#include "util/buf.h"

enum { MAX_ROW = 1 << 30, MAX_SQL = 1 << 20 };

enum statement {
	FIND,
	NOTE,
	TAKE,
	/* those are about the row of a key */
	LOAD,
	WANT,
	ARRIVE,
	MAKE,
	STATEMENTS,
};

/* The cells that rows are unpacked to: of OLD, of NEW, and as they are to be */
enum { SLOTS = 3 };

struct row_states {
	sqlite3 *db;
	const struct changed_table *table;
	sqlite3_stmt *statements[STATEMENTS];
	struct buf rows[SLOTS];
	struct value *cells[SLOTS];
	struct row unpacked[SLOTS];
};

static int failed(struct row_states *self, int rc, struct err *err)
{
	return statement_error(self->db, rc, private_database_name, err);
}

/* ---- its statements ---- */

/* "k0, k1"; "k0 = ?1 AND k1 = ?2" if `equals` is " = ". */
static void add_keys(struct buf *sql, const struct row_states *self,
		     const char *equals)
{
	for (size_t i = 0; i < self->table->nkey; i++) {
		buf_add_string(sql, i == 0 ? "" : equals ? " AND " : ", ");
		buf_add_format(sql, "k%zu", i);
		if (equals)
			buf_add_format(sql, "%s?%zu", equals, i + 1);
	}
}

static void add_values(struct buf *sql, const struct row_states *self)
{
	for (size_t i = 0; i < self->table->nkey; i++)
		buf_add_format(sql, "%s?%zu", i > 0 ? ", " : "", i + 1);
}

static void add_definition(struct buf *sql, const struct row_states *self)
{
	buf_add_string(sql, "CREATE TABLE rows(");
	for (size_t i = 0; i < self->table->nkey; i++)
		buf_add_format(sql, "k%zu COLLATE %s, ", i,
			       collation_name(self->table->collations[i]));
	buf_add_string(sql, "old BLOB, new BLOB, wanted BLOB, last BLOB,"
			    " later BLOB, moves INTEGER, based INTEGER,"
			    " bucket INTEGER, lag INTEGER, PRIMARY KEY(");
	add_keys(sql, self, NULL);
	buf_add_string(sql, ")) WITHOUT ROWID;"
			    "CREATE TABLE arrivals(wanted BLOB)");
}

/* The parameters after those of the key begin with this one. */
static size_t first_cell(const struct row_states *self)
{
	return self->table->nkey + 1;
}

static const char *const by_key[] = {
	[FIND] = "SELECT old, new, wanted FROM rows",
	[NOTE] = "UPDATE rows SET based = 1",
	[TAKE] = "UPDATE rows SET last = old",
};

static void add_statement(struct buf *sql, const struct row_states *self,
			  enum statement which)
{
	size_t n = first_cell(self);

	if (which <= TAKE) {
		buf_add_format(sql, "%s WHERE ", by_key[which]);
		add_keys(sql, self, " = ");
		return;
	}
	buf_add_string(sql, "INSERT INTO rows(");
	add_keys(sql, self, NULL);
	buf_add_string(sql, ", old, new, wanted, last, later, moves, bucket,"
			    " lag) VALUES(");
	add_values(sql, self);
	switch (which) {
	case LOAD:
		buf_add_format(sql,
			       ", ?%zu, ?%zu, ?%zu, NULL, NULL, 0, ?%zu, "
			       "?%zu)",
			       n, n + 1, n + 1, n + 2, n + 3);
		break;
	case WANT:
		buf_add_format(sql,
			       ", ?%zu, ?%zu, ?%zu, NULL, NULL, ?%zu, ?%zu, 0)"
			       " ON CONFLICT DO UPDATE SET"
			       " wanted = excluded.wanted,"
			       " moves = excluded.moves"
			       " WHERE wanted IS NOT excluded.wanted",
			       n, n + 1, n + 2, n + 3, n + 4);
		break;
	case ARRIVE:
		buf_add_format(sql, ", NULL, NULL, NULL, ?%zu, NULL, 0, 0, 0)",
			       n);
		break;
	default: /* MAKE */
		buf_add_format(sql,
			       ", ?%zu, ?%zu, ?%zu, ?%zu, ?%zu, 0, 0, 0)"
			       " ON CONFLICT DO UPDATE SET"
			       " later = excluded.later",
			       n, n, n, n, n + 1);
	}
}

static int prepare(struct row_states *self, struct err *err)
{
	struct buf sql;
	int rc = SQLITE_OK;

	buf_init(&sql, MAX_SQL);
	add_definition(&sql, self);
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!private_database_open(&self->db, sql.data, err);
	for (int i = 0; i < STATEMENTS && rc == SQLITE_OK && !err->code; i++) {
		buf_clear(&sql);
		add_statement(&sql, self, i);
		if (buf_check(&sql, "a statement", err) == 0)
			rc = sqlite3_prepare_v2(self->db, sql.data, -1,
						&self->statements[i], NULL);
	}
	if (rc != SQLITE_OK)
		failed(self, rc, err);
	buf_release(&sql);
	return err->code;
}

int row_states_open(struct row_states **states,
		    const struct changed_table *table, struct err *err)
{
	struct row_states *self = calloc(1, sizeof(*self));

	*states = NULL;
	if (!self)
		return err_set_nomem(err);
	self->table = table;
	for (size_t i = 0; i < SLOTS; i++) {
		buf_init(&self->rows[i], MAX_ROW);
		self->cells[i] =
			calloc(table->ncolumns + 1, sizeof(*self->cells[i]));
		if (!self->cells[i])
			err_set_nomem(err);
	}
	if (err->code || prepare(self, err) < 0) {
		row_states_close(self);
		return err->code;
	}
	*states = self;
	return 0;
}

void row_states_close(struct row_states *states)
{
	if (!states)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(states->statements[i]);
	sqlite3_close(states->db);
	for (size_t i = 0; i < SLOTS; i++) {
		buf_release(&states->rows[i]);
		free(states->cells[i]);
	}
	free(states);
}

/* ---- rows in statements ---- */

static int bind_key(struct row_states *self, enum statement which,
		    const struct row *row)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < self->table->nkey && rc == SQLITE_OK; i++)
		rc = statement_bind(self->statements[which], (int)i + 1,
				    &row->cells[self->table->key[i]]);
	return rc;
}

/* Binds the row, or NULL, to the parameter `cell` after those of the key. */
static int bind_row(struct row_states *self, enum statement which, size_t cell,
		    const struct row *row, struct err *err)
{
	struct buf *bytes = &self->rows[cell];
	int parameter = (int)(first_cell(self) + cell);
	int rc;

	if (!row) {
		rc = sqlite3_bind_null(self->statements[which], parameter);
	} else {
		buf_clear(bytes);
		row_pack(bytes, row);
		if (buf_check(bytes, "a row", err) < 0)
			return err->code;
		rc = sqlite3_bind_blob64(self->statements[which], parameter,
					 bytes->data ? bytes->data : "",
					 bytes->len, SQLITE_STATIC);
	}
	return rc == SQLITE_OK ? 0 : failed(self, rc, err);
}

static int bind_number(struct row_states *self, enum statement which,
		       size_t cell, int number)
{
	return sqlite3_bind_int(self->statements[which],
				(int)(first_cell(self) + cell), number);
}

static int run(struct row_states *self, enum statement which, int bound,
	       struct err *err)
{
	int rc = bound;

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(self->statements[which]);
		sqlite3_reset(self->statements[which]);
	}
	return rc == SQLITE_DONE ? 0 : failed(self, rc, err);
}

static const struct row *unpack(struct row_states *self, sqlite3_stmt *select,
				int column)
{
	struct row *row = &self->unpacked[column];

	if (sqlite3_column_type(select, column) == SQLITE_NULL)
		return NULL;
	row_unpack(self->cells[column], self->table->ncolumns,
		   sqlite3_column_blob(select, column));
	row->cells = self->cells[column];
	row->ncells = self->table->ncolumns;
	return row;
}

/* ---- filling ---- */

static int load(void *context, const struct row_change *change, struct err *err)
{
	struct row_states *self = context;
	int rc;

	if (!change->keyed)
		return 0;
	rc = bind_key(self, LOAD, change->new ? change->new : change->old);
	if (rc != SQLITE_OK)
		return failed(self, rc, err);
	if (bind_row(self, LOAD, OLD, change->old, err) < 0 ||
	    bind_row(self, LOAD, NEW, change->new, err) < 0)
		return err->code;
	rc = bind_number(self, LOAD, 2, change->bucket);
	if (rc == SQLITE_OK)
		rc = bind_number(self, LOAD, 3, change->lag);
	return run(self, LOAD, rc, err);
}

int row_states_load(struct row_states *states, struct changes *differences,
		    size_t place, struct err *err)
{
	return changes_each_row(differences, place, load, states, err);
}

static bool has_same_key(const struct row_states *self, const struct row *a,
			 const struct row *b)
{
	for (size_t i = 0; i < self->table->nkey; i++)
		if (!value_equal(&a->cells[self->table->key[i]],
				 &b->cells[self->table->key[i]]))
			return false;
	return true;
}

int row_states_want(struct row_states *states, const struct row *held,
		    const struct row *wanted, bool on_both, bool *changed,
		    struct err *err)
{
	int rc = bind_key(states, WANT, held);

	if (rc != SQLITE_OK)
		return failed(states, rc, err);
	if (bind_row(states, WANT, 0, on_both ? held : NULL, err) < 0 ||
	    bind_row(states, WANT, 1, held, err) < 0 ||
	    bind_row(states, WANT, 2, wanted, err) < 0)
		return err->code;
	rc = bind_number(states, WANT, 3, !has_same_key(states, held, wanted));
	if (rc == SQLITE_OK)
		rc = bind_number(states, WANT, 4, BUCKET_CONTENT_DIFFERS);
	if (run(states, WANT, rc, err) < 0)
		return err->code;
	*changed = sqlite3_changes(states->db) > 0;
	return 0;
}

int row_states_find(struct row_states *states, const struct row *row,
		    bool based, struct row_state *state, bool *found,
		    struct err *err)
{
	sqlite3_stmt *find = states->statements[FIND];
	int rc;

	sqlite3_reset(find);
	rc = bind_key(states, FIND, row);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(find);
	*found = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : failed(states, rc, err);
	if (based && run(states, NOTE, bind_key(states, NOTE, row), err) < 0)
		return err->code;
	*state = (struct row_state){ .rows = { unpack(states, find, 0),
					       unpack(states, find, 1) },
				     .wanted = unpack(states, find, 2) };
	return 0;
}

/* ---- asking ---- */

#define CLASHES \
	"old IS NOT NULL AND new IS NOT NULL AND NOT moves AND old <> wanted"

static const char *const conditions[ROW_STATES_CHOICES] = {
	[ROW_STATES_UNKNOWN] = CLASHES " AND based IS NULL",
	[ROW_STATES_CLASHING] = CLASHES " AND based = 0",
	[ROW_STATES_WANTED] = "new <> wanted",
	[ROW_STATES_MOVED] = "new IS NOT NULL AND moves",
	[ROW_STATES_TAKEN] = "old IS NOT NULL AND last IS old AND new IS NOT "
			     "old",
	[ROW_STATES_ABSENT] = "old IS NOT NULL AND last IS NULL AND new IS "
			      "NULL AND based IS NOT 1",
};

static int execute(struct row_states *self, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(self->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : failed(self, rc, err);
}

int row_states_note_base(struct row_states *states, struct err *err)
{
	return execute(states, "UPDATE rows SET based = 0 WHERE based IS NULL",
		       err);
}

/* "SELECT <what> FROM rows WHERE <condition>", by key. */
static int select_rows(sqlite3_stmt **select, struct row_states *self,
		       const char *what, const char *condition, struct err *err)
{
	struct buf sql;

	*select = NULL;
	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "SELECT %s FROM rows WHERE %s ORDER BY ", what,
		       condition);
	add_keys(&sql, self, NULL);
	if (buf_check(&sql, "a statement", err) == 0)
		(void)!statement_prepare(select, self->db, sql.data,
					 private_database_name, err);
	buf_release(&sql);
	return err->code;
}

int row_states_any(struct row_states *states, enum row_states_choice choice,
		   bool *any, struct err *err)
{
	sqlite3_stmt *select;
	int rc;

	*any = false;
	if (select_rows(&select, states, "1", conditions[choice], err) < 0)
		return err->code;
	rc = sqlite3_step(select);
	*any = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		failed(states, rc, err);
	sqlite3_finalize(select);
	return err->code;
}

int row_states_each(struct row_states *states, enum row_states_choice choice,
		    row_state_fn *use, void *context, struct err *err)
{
	sqlite3_stmt *select;
	int rc;

	if (select_rows(&select, states, "old, new, wanted", conditions[choice],
			err) < 0)
		return err->code;
	while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
		const struct row_state state = {
			.rows = { unpack(states, select, 0),
				  unpack(states, select, 1) },
			.wanted = unpack(states, select, 2),
		};

		if (use(context, &state, err) < 0)
			break;
	}
	if (!err->code && rc != SQLITE_DONE)
		failed(states, rc, err);
	sqlite3_finalize(select);
	return err->code;
}

/* ---- the end ---- */

static int arrive(struct row_states *self, const struct row *row,
		  struct err *err)
{
	int rc = bind_key(self, ARRIVE, row);

	if (rc != SQLITE_OK)
		return failed(self, rc, err);
	if (bind_row(self, ARRIVE, 0, row, err) < 0)
		return err->code;
	rc = sqlite3_step(self->statements[ARRIVE]);
	sqlite3_reset(self->statements[ARRIVE]);
	if (rc == SQLITE_CONSTRAINT)
		return err_set(err, D1_EREFUSED,
			       "two rows of table '%s' would have the same key",
			       self->table->name);
	return rc == SQLITE_DONE ? 0 : failed(self, rc, err);
}

int row_states_settle(struct row_states *states, struct err *err)
{
	sqlite3_stmt *select = NULL;
	int rc;

	if (execute(states,
		    "UPDATE rows SET last = CASE WHEN new IS NULL THEN NULL "
		    "WHEN moves THEN old ELSE wanted END;"
		    "INSERT INTO arrivals SELECT wanted FROM rows "
		    "WHERE new IS NOT NULL AND moves",
		    err) < 0 ||
	    statement_prepare(&select, states->db,
			      "SELECT wanted FROM arrivals",
			      private_database_name, err) < 0)
		return err->code;
	while ((rc = sqlite3_step(select)) == SQLITE_ROW)
		if (arrive(states, unpack(states, select, 0), err) < 0)
			break;
	if (!err->code && rc != SQLITE_DONE)
		failed(states, rc, err);
	sqlite3_finalize(select);
	return err->code;
}

int row_states_take(struct row_states *states, const struct row *row,
		    struct err *err)
{
	return run(states, TAKE, bind_key(states, TAKE, row), err);
}

/* Adds a change for each row of a SELECT of old row, new row, bucket, lag. */
static int add_changes(struct row_states *self, const char *what,
		       const char *condition, struct changes *list,
		       struct err *err)
{
	sqlite3_stmt *select;
	int rc;

	if (select_rows(&select, self, what, condition, err) < 0)
		return err->code;
	while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
		struct row_change change = {
			.keyed = true,
			.count = 1,
			.old = unpack(self, select, 0),
			.new = unpack(self, select, 1),
			.bucket = (enum bucket)sqlite3_column_int(select, 2),
			.lag = (enum row_lag)sqlite3_column_int(select, 3),
		};

		change.op = !change.old	  ? CHANGE_INSERT
			    : !change.new ? CHANGE_DELETE
					  : CHANGE_UPDATE;
		if (changes_add(list, &change, err) < 0)
			break;
	}
	if (!err->code && rc != SQLITE_DONE)
		failed(self, rc, err);
	sqlite3_finalize(select);
	return err->code;
}

int row_states_compare(struct row_states *states, struct changes *list,
		       struct err *err)
{
	struct buf what;

	buf_init(&what, MAX_SQL);
	buf_add_format(
		&what,
		"old, last, CASE WHEN old IS NULL THEN %d "
		"WHEN last IS NULL THEN %d WHEN last IS new THEN bucket "
		"ELSE %d END, CASE WHEN last IS new THEN lag ELSE %d END",
		BUCKET_NEW_ONLY, BUCKET_OLD_ONLY, BUCKET_CONTENT_DIFFERS,
		LAG_UNKNOWN);
	if (buf_check(&what, "a statement", err) == 0)
		(void)!add_changes(states, what.data, "old IS NOT last", list,
				   err);
	buf_release(&what);
	return err->code;
}

/* A row that is unknown so far is as it was held. */
static int make(void *context, const struct row_change *change, struct err *err)
{
	struct row_states *self = context;
	int rc;

	if (!change->keyed)
		return 0;
	rc = bind_key(self, MAKE, change->new ? change->new : change->old);
	if (rc != SQLITE_OK)
		return failed(self, rc, err);
	if (bind_row(self, MAKE, 0, change->old, err) < 0 ||
	    bind_row(self, MAKE, 1, change->new, err) < 0)
		return err->code;
	return run(self, MAKE, SQLITE_OK, err);
}

int row_states_compose(struct row_states *states, struct changes *list,
		       struct changes *later, size_t place, struct err *err)
{
	if (execute(states, "UPDATE rows SET later = last", err) < 0 ||
	    (later && changes_each_row(later, place, make, states, err) < 0))
		return err->code;
	return add_changes(states, "new, later, 0, 0", "new IS NOT later", list,
			   err);
}
