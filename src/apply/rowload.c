#include "config.h"

#include "apply/rowload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "source/statement.h"

static const char database_name[] = "the snapshot";

struct rowload {
	const struct checkedfile *file;
	sqlite3 *db;
	struct snapshotfile_load *rows;
	struct value *cells; /* of a row with masks */
	char reason[sizeof(((struct err *)NULL)->message)];
};

/* ---- is it needed ---- */

/* True if the definition says more of a row than its columns by themselves. */
static bool has_conditions(const struct table *table)
{
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].generated)
			return true;
	return table->sql && (strcasestr(table->sql, "CHECK") ||
			      strcasestr(table->sql, "STRICT"));
}

static bool is_referred_to(const struct schema *schema,
			   const struct table *table)
{
	for (size_t i = 0; i < schema->nreferences; i++)
		if (strcasecmp(schema->references[i].parent, table->name) == 0)
			return true;
	return false;
}

/* True if an index of the table enforces the file's key. */
static bool is_key_indexed(const struct checkedfile *file)
{
	const struct table *table = &file->table;
	const struct key *own = &file->file.layout.key;

	for (size_t i = 0; i < table->nkeys; i++)
		if (table->keys[i].count == own->count &&
		    memcmp(table->keys[i].columns, own->columns,
			   own->count * sizeof(*own->columns)) == 0)
			return !table->keys[i].rowid;
	return false;
}

/* Sets *more if a UNIQUE index is on something else than the file's key. */
static int has_more_keys(bool *more, const struct checkedfile *file,
			 sqlite3 *db, struct err *err)
{
	int known = is_key_indexed(file) ? 1 : 0;
	sqlite3_stmt *count = NULL;

	if (statement_prepare(&count, db,
			      "SELECT count(*) FROM pragma_index_list(?) "
			      "WHERE \"unique\"",
			      database_name, err) < 0)
		return err->code;
	sqlite3_bind_text(count, 1, file->table.name, -1, SQLITE_STATIC);
	*more = sqlite3_step(count) != SQLITE_ROW ||
		sqlite3_column_int(count, 0) > known;
	sqlite3_finalize(count);
	return 0;
}

int rowload_is_needed(bool *needed, const struct checkedfile *file,
		      const struct checkedschema *definitions, struct err *err)
{
	*needed = has_conditions(&file->table) ||
		  is_referred_to(definitions->database->schema, &file->table);
	return *needed ? 0
		       : has_more_keys(needed, file,
				       scratch_handle(definitions->scratch),
				       err);
}

/* ---- loading ---- */

static bool has_all_values(const struct table *table)
{
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].masked || table->columns[i].unreadable)
			return false;
	return true;
}

int rowload_open(struct rowload **load, const struct checkedfile *file,
		 const struct checkedschema *definitions, struct err *err)
{
	struct rowload *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_nomem(err);
	self->file = file;
	self->db = scratch_handle(definitions->scratch);
	self->cells =
		calloc(file->file.layout.ncolumns + 1, sizeof(*self->cells));
	if (!self->cells)
		err_set_nomem(err);
	else
		(void)!snapshotfile_load_open(&self->rows, &file->file,
					      &file->table,
					      definitions->scratch, err);
	/* a CHECK may look at what is not there */
	sqlite3_exec(self->db,
		     has_all_values(&file->table)
			     ? "PRAGMA ignore_check_constraints=OFF"
			     : "PRAGMA ignore_check_constraints=ON",
		     NULL, NULL, NULL);
	if (err->code)
		rowload_close(self);
	else
		*load = self;
	return err->code;
}

void rowload_close(struct rowload *load)
{
	if (!load)
		return;
	snapshotfile_load_close(load->rows);
	free(load->cells);
	free(load);
}

/* A mask in place of a number or a blob: a STRICT table would not take it. */
static void replace_masks(struct rowload *self, const struct row *row,
			  uint64_t line)
{
	memcpy(self->cells, row->cells, row->ncells * sizeof(*self->cells));
	for (size_t i = 0; i < row->ncells; i++) {
		size_t position = self->file->file.layout.columns[i];
		const struct column *column =
			&self->file->table.columns[position];
		struct value *cell = &self->cells[i];

		if (!column->masked || cell->type == VALUE_NULL ||
		    column->affinity == AFFINITY_TEXT)
			continue;
		if (column->affinity == AFFINITY_BLOB) {
			cell->type = VALUE_BLOB;
		} else if (strcasecmp(column->type, "ANY") != 0) {
			cell->type = VALUE_INTEGER;
			cell->integer = (int64_t)line;
		}
	}
}

static enum rowload_verdict verdict_of(int rc)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return ROWLOAD_REPEATED;
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_DATATYPE:
	case SQLITE_MISMATCH:
		return ROWLOAD_UNFIT;
	default:
		return ROWLOAD_REFUSED;
	}
}

int rowload_add(struct rowload *load, const struct row *row, uint64_t line,
		enum rowload_verdict *verdict, const char **reason,
		struct err *err)
{
	struct row loaded = *row;
	int rc;

	*verdict = ROWLOAD_TAKEN;
	if (load->file->table.mask_key_id) {
		replace_masks(load, row, line);
		loaded.cells = load->cells;
	}
	if (snapshotfile_load_row(load->rows, &loaded, line, err) == 0)
		return 0;
	rc = sqlite3_extended_errcode(load->db);
	if ((rc & 0xff) != SQLITE_CONSTRAINT && (rc & 0xff) != SQLITE_MISMATCH)
		return err->code;
	*verdict = verdict_of(rc);
	snprintf(load->reason, sizeof(load->reason), "%s", err->message);
	*reason = load->reason;
	err_clear(err);
	return 0;
}
