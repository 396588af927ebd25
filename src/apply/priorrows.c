#include "config.h"

#include "apply/priorrows.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "model/literal.h"
#include "source/statement.h"
#include "util/buf.h"

enum { MAX_ENTRY = 1 << 30 };

/* Each entry is a column, the key of a row, or one of its cells, as literals.
 */
struct prior_rows {
	sqlite3 *db; /* borrowed */
	sqlite3_stmt *insert;
	sqlite3_stmt *find;
	struct buf entry;
	bool knows; /* the columns: without them all would seem to be new */
	bool trusts;
	const char *text; /* of migrations; NULL: of any */
};

static int fail(struct prior_rows *self, int rc, struct err *err)
{
	return statement_error(self->db, rc, "the record of the deploy", err);
}

/* ---- entries ---- */

/* The comma tells where a text ends, which may begin or end with a quote. */
static void add_value(struct prior_rows *self, const struct value *value)
{
	buf_add_char(&self->entry, ',');
	literal_add(&self->entry, value);
}

static void add_name(struct prior_rows *self, const char *name)
{
	const struct value text = { .type = VALUE_TEXT,
				    .data = name,
				    .size = strlen(name) };

	add_value(self, &text);
}

static void begin_entry(struct prior_rows *self, char kind, const char *table)
{
	buf_clear(&self->entry);
	buf_add_char(&self->entry, kind);
	add_name(self, table);
}

static void name_column(struct prior_rows *self, const char *table,
			const char *column)
{
	begin_entry(self, 'c', table);
	add_name(self, column);
}

static void add_key(struct prior_rows *self, char kind,
		    const struct changed_table *table,
		    const struct row_change *change)
{
	const struct row *row = change->old ? change->old : change->new;

	begin_entry(self, kind, table->name);
	for (size_t i = 0; i < table->nkey; i++)
		add_value(self, &row->cells[table->key[i]]);
}

static void name_row(struct prior_rows *self, const struct changed_table *table,
		     const struct row_change *change)
{
	add_key(self, 'r', table, change);
}

static void name_cell(struct prior_rows *self,
		      const struct changed_table *table,
		      const struct row_change *change, size_t cell)
{
	add_key(self, 'v', table, change);
	add_name(self, table->columns[cell]);
	add_value(self, &change->old->cells[cell]);
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

/* ---- opening ---- */

static int prepare(struct prior_rows *self, struct err *err)
{
	int rc = sqlite3_prepare_v2(self->db,
				    "INSERT OR IGNORE INTO entries VALUES(?)",
				    -1, &self->insert, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(self->db,
					"SELECT 1 FROM entries WHERE entry = ?",
					-1, &self->find, NULL);
	return rc == SQLITE_OK ? 0 : fail(self, rc, err);
}

static int look_for_columns(struct prior_rows *self, struct err *err)
{
	static const char sql[] =
		"SELECT 1 FROM entries WHERE entry >= x'63' AND entry < x'64'";
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(self->db, sql, -1, &statement, NULL);

	self->knows = rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
	rc = sqlite3_finalize(statement);
	return rc == SQLITE_OK ? 0 : fail(self, rc, err);
}

int prior_rows_open(struct prior_rows **prior, struct sqlite3 *db,
		    struct err *err)
{
	struct prior_rows *self = calloc(1, sizeof(*self));

	*prior = self;
	if (!self)
		return err_set_nomem(err);
	self->db = db;
	buf_init(&self->entry, MAX_ENTRY);
	if (prepare(self, err) < 0 || look_for_columns(self, err) < 0) {
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
	buf_release(&prior->entry);
	free(prior);
}

/* ---- keeping ---- */

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
	const struct changed_table *table = keeping->table;

	if (!change->keyed)
		return 0;
	name_row(keeping->prior, table, change);
	if (keep_entry(keeping->prior, err) < 0 || !change->old)
		return err->code;
	for (size_t i = 0; i < table->ncolumns; i++) {
		name_cell(keeping->prior, table, change, i);
		if (keep_entry(keeping->prior, err) < 0)
			break;
	}
	return err->code;
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

int prior_rows_keep(struct prior_rows *prior, const struct schema *schema,
		    struct changes *changes, struct err *err)
{
	/* those of now may be of migrations already */
	if (!prior->knows && keep_columns(prior, schema, err) < 0)
		return err->code;
	prior->knows = true;
	return keep_rows(prior, changes, err);
}

int prior_rows_forget(struct prior_rows *prior, struct err *err)
{
	int rc = sqlite3_exec(prior->db, "DELETE FROM entries", NULL, NULL,
			      NULL);

	prior->knows = false;
	return rc == SQLITE_OK ? 0 : fail(prior, rc, err);
}

void prior_rows_trust(struct prior_rows *prior, const char *text)
{
	prior->trusts = true;
	prior->text = text;
}

void prior_rows_distrust(struct prior_rows *prior)
{
	prior->trusts = false;
}

/* ---- asking ---- */

static bool is_part_of_word(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '_';
}

/* A migration that changes a column by itself names it, or all of them. */
static bool may_be_changed(const struct prior_rows *self, const char *column)
{
	size_t size = strlen(column);
	const char *at = self->text;

	if (!self->trusts || !at)
		return self->trusts;
	while (size > 0 && (at = strcasestr(at, column))) {
		if ((at == self->text || !is_part_of_word(at[-1])) &&
		    !is_part_of_word(at[size]))
			return true;
		at++;
	}
	return false;
}

static int explain_cell(struct prior_rows *self, bool was_behind,
			const struct behind_row *row, size_t cell,
			bool *explains, struct err *err)
{
	const struct changed_table *table = row->table;
	const struct row_change *change = row->change;
	const char *column = table->columns[cell];
	bool has = false;

	*explains = change->new &&value_equal(&change->old->cells[cell],
					      &change->new->cells[cell]);
	if (*explains)
		return 0;
	name_column(self, table->name, column);
	if (has_entry(self, &has, err) < 0)
		return err->code;
	*explains = !has;
	if (!has || !was_behind)
		return 0;
	name_cell(self, table, change, cell);
	if (has_entry(self, &has, err) < 0)
		return err->code;
	*explains = has || may_be_changed(self, column);
	return 0;
}

int prior_rows_explain(void *prior, const struct behind_row *row,
		       bool *explains, struct err *err)
{
	struct prior_rows *self = prior;
	const struct row_change *change = row->change;
	bool was_behind = false;

	*explains = false;
	if (!self->knows || !change->keyed || !change->old)
		return 0;
	name_row(self, row->table, change);
	if (has_entry(self, &was_behind, err) < 0 ||
	    (!was_behind && change->op != CHANGE_UPDATE))
		return err->code;
	*explains = true;
	for (size_t i = 0; i < row->table->ncolumns && *explains; i++)
		if (explain_cell(self, was_behind, row, i, explains, err) < 0)
			break;
	return err->code;
}
