#include "config.h"

#include "apply/priorrows.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "source/privatedb.h"
#include "source/statement.h"
#include "util/buf.h"

enum { MAX_ENTRY = 1 << 30 };

/* Each entry is a column or the key of a row, as literals. */
struct prior_rows {
	sqlite3 *db; /* a private file that SQLite deletes */
	sqlite3_stmt *insert;
	sqlite3_stmt *find;
	struct buf entry;
};

static int fail(struct prior_rows *self, int rc, struct err *err)
{
	return statement_error(self->db, rc, private_database_name, err);
}

/* ---- entries ---- */

static void begin_entry(struct prior_rows *self, char kind, const char *table)
{
	const struct value name = { .type = VALUE_TEXT,
				    .data = table,
				    .size = strlen(table) };

	buf_clear(&self->entry);
	buf_add_char(&self->entry, kind);
	literal_add(&self->entry, &name);
}

static void name_column(struct prior_rows *self, const char *table,
			const char *column)
{
	const struct value name = { .type = VALUE_TEXT,
				    .data = column,
				    .size = strlen(column) };

	begin_entry(self, 'c', table);
	literal_add(&self->entry, &name);
}

static void name_row(struct prior_rows *self, const struct changed_table *table,
		     const struct row_change *change)
{
	const struct row *row = change->old ? change->old : change->new;

	begin_entry(self, 'r', table->name);
	for (size_t i = 0; i < table->nkey; i++) {
		buf_add_char(&self->entry, ',');
		literal_add(&self->entry, &row->cells[table->key[i]]);
	}
}

static int bind_entry(struct prior_rows *self, sqlite3_stmt *statement,
		      struct err *err)
{
	int rc;

	if (buf_check(&self->entry, "a row's key", err) < 0)
		return err->code;
	rc = sqlite3_bind_blob64(statement, 1, self->entry.data,
				 self->entry.len, SQLITE_STATIC);
	return rc == SQLITE_OK ? 0 : fail(self, rc, err);
}

static int keep_entry(struct prior_rows *self, struct err *err)
{
	int rc;

	if (bind_entry(self, self->insert, err) < 0)
		return err->code;
	rc = sqlite3_step(self->insert);
	sqlite3_reset(self->insert);
	return rc == SQLITE_DONE ? 0 : fail(self, rc, err);
}

static int has_entry(struct prior_rows *self, bool *has, struct err *err)
{
	int rc;

	if (bind_entry(self, self->find, err) < 0)
		return err->code;
	rc = sqlite3_step(self->find);
	*has = rc == SQLITE_ROW;
	sqlite3_reset(self->find);
	return *has || rc == SQLITE_DONE ? 0 : fail(self, rc, err);
}

/* ---- keeping ---- */

static int open_database(struct prior_rows *self, struct err *err)
{
	static const char create[] =
		"CREATE TABLE entries(entry BLOB PRIMARY KEY) WITHOUT ROWID";
	int rc;

	if (private_database_open(&self->db, create, err) < 0)
		return err->code;
	rc = sqlite3_prepare_v2(self->db,
				"INSERT OR IGNORE INTO entries VALUES(?)", -1,
				&self->insert, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(self->db,
					"SELECT 1 FROM entries WHERE entry = ?",
					-1, &self->find, NULL);
	return rc == SQLITE_OK ? 0 : fail(self, rc, err);
}

static int keep_columns(struct prior_rows *self, const struct schema *schema,
			struct err *err)
{
	for (size_t t = 0; t < schema->ntables; t++) {
		const struct table *table = &schema->tables[t];

		for (size_t i = 0; i < table->ncolumns; i++) {
			name_column(self, table->name, table->columns[i].name);
			if (keep_entry(self, err) < 0)
				return err->code;
		}
	}
	return 0;
}

struct keeping {
	struct prior_rows *prior;
	const struct changed_table *table;
};

static int keep_row(void *context, const struct row_change *change,
		    struct err *err)
{
	struct keeping *keeping = context;

	if (!change->keyed)
		return 0;
	name_row(keeping->prior, keeping->table, change);
	return keep_entry(keeping->prior, err);
}

static int keep_rows(struct prior_rows *self, struct changes *changes,
		     struct err *err)
{
	for (size_t t = 0; t < changes_tables(changes); t++) {
		struct keeping keeping = { self, changes_table(changes, t) };

		if (changes_each_row(changes, t, keep_row, &keeping, err) < 0)
			return err->code;
	}
	return 0;
}

int prior_rows_open(struct prior_rows **prior, const struct schema *schema,
		    struct changes *changes, struct err *err)
{
	struct prior_rows *self = calloc(1, sizeof(*self));

	*prior = self;
	if (!self)
		return err_set_nomem(err);
	buf_init(&self->entry, MAX_ENTRY);
	if (open_database(self, err) < 0 ||
	    keep_columns(self, schema, err) < 0 ||
	    keep_rows(self, changes, err) < 0) {
		prior_rows_close(self);
		*prior = NULL;
	}
	return err->code;
}

void prior_rows_close(struct prior_rows *prior)
{
	if (!prior)
		return;
	sqlite3_finalize(prior->insert);
	sqlite3_finalize(prior->find);
	sqlite3_close(prior->db);
	buf_release(&prior->entry);
	free(prior);
}

/* ---- asking ---- */

int prior_rows_explain(void *prior, const struct behind_row *row,
		       bool *explains, struct err *err)
{
	struct prior_rows *self = prior;
	const struct changed_table *table = row->table;
	const struct row_change *change = row->change;

	*explains = false;
	if (!change->keyed)
		return 0;
	name_row(self, table, change);
	if (has_entry(self, explains, err) < 0 || *explains ||
	    change->op != CHANGE_UPDATE)
		return err->code;
	*explains = true;
	for (size_t i = 0; i < table->ncolumns && *explains; i++) {
		bool was_there;

		if (value_equal(&change->old->cells[i], &change->new->cells[i]))
			continue;
		name_column(self, table->name, table->columns[i]);
		if (has_entry(self, &was_there, err) < 0)
			return err->code;
		*explains = !was_there;
	}
	return 0;
}
