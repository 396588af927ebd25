#include "config.h"

#include "source/statement.h"

#include <stdlib.h>
#include <string.h>

#include "util/lockholder.h"

struct statement_cursor {
	struct cursor cursor;
	sqlite3_stmt *statement;
	const char *name;
	struct row row;
	struct value cells[];
};

static int explain_lock(sqlite3 *db, const char *name, struct err *err)
{
	const char *path = db ? sqlite3_db_filename(db, "main") : NULL;
	struct lock_holder holder;

	err_set(err, D1_ERROR, "the database '%s' is locked by another program",
		name);
	if (!path || !lock_holder_find(&holder, path))
		return err_hint(err, "end the program that writes it, or try "
				     "again when it is done");
	if (strcmp(holder.name, "workerd") == 0)
		return err_hint(err,
				"`wrangler dev` (workerd, process %ld) holds "
				"it: try again when its request is done, or "
				"end it",
				holder.pid);
	return err_hint(err,
			"process %ld (%s) holds it: try again when it is done, "
			"or end it",
			holder.pid, holder.name);
}

int statement_error(sqlite3 *db, int rc, const char *name, struct err *err)
{
	const char *message = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

	if (db && sqlite3_extended_errcode(db) == SQLITE_READONLY_ROLLBACK) {
		err_set(err, D1_ERROR,
			"the program that wrote '%s' was interrupted, and left "
			"a journal",
			name);
		return err_hint(err,
				"open the file once with a program that may "
				"write it: sqlite3 '%s' 'PRAGMA quick_check'",
				name);
	}
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_set_nomem(err);
	case SQLITE_NOTADB:
		err_set(err, D1_ERROR, "'%s' is not a SQLite database", name);
		return err_hint(err, "check the path; an encrypted file looks "
				     "like this too");
	case SQLITE_CORRUPT:
		err_set(err, D1_ERROR, "the database '%s' is damaged: %s", name,
			message);
		return err_hint(err,
				"run: sqlite3 '%s' 'PRAGMA "
				"integrity_check', and restore a good copy",
				name);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return explain_lock(db, name, err);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		err_set(err, D1_ERROR, "cannot open the database '%s': %s",
			name, message);
		return err_hint(err,
				"reading through a write-ahead log needs "
				"a folder where files can be made: check its "
				"permissions, or copy the file to another one");
	case SQLITE_FULL:
	case SQLITE_IOERR:
		err_set(err, D1_ERROR, "cannot read '%s': %s", name, message);
		return err_hint(err, "check the disk and the temporary folder "
				     "(SQLITE_TMPDIR, TMPDIR)");
	default:
		return err_set(err, D1_ERROR, "%s", message);
	}
}

int statement_prepare(sqlite3_stmt **statement, sqlite3 *db, const char *sql,
		      const char *name, struct err *err)
{
	const char *tail = "";
	int rc = sqlite3_prepare_v2(db, sql, -1, statement, &tail);

	if (rc != SQLITE_OK)
		return statement_error(db, rc, name, err);
	if (*tail != '\0' || !sqlite3_stmt_readonly(*statement)) {
		sqlite3_finalize(*statement);
		*statement = NULL;
		return err_set(err, D1_EUSAGE, "not one reading statement: %s",
			       sql);
	}
	return 0;
}

int statement_bind(sqlite3_stmt *statement, int parameter,
		   const struct value *value)
{
	switch (value->type) {
	case VALUE_INTEGER:
		return sqlite3_bind_int64(statement, parameter, value->integer);
	case VALUE_REAL:
		return sqlite3_bind_double(statement, parameter, value->real);
	case VALUE_TEXT:
		return sqlite3_bind_text64(statement, parameter,
					   value->size ? value->data : "",
					   value->size, SQLITE_STATIC,
					   SQLITE_UTF8);
	case VALUE_BLOB:
		return sqlite3_bind_blob64(statement, parameter,
					   value->size ? value->data : "",
					   value->size, SQLITE_STATIC);
	case VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(statement, parameter);
}

/*
 * Borrows a value. False if memory ran out. A connection is used by one thread
 * at a time, so that the values of sqlite3_column_value() may be looked into
 * (https://www.sqlite.org/c3ref/column_blob.html): it costs a call a cell.
 */
static bool read_cell(struct value *cell, sqlite3_value *value)
{
	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		cell->type = VALUE_INTEGER;
		cell->integer = sqlite3_value_int64(value);
		return true;
	case SQLITE_FLOAT:
		cell->type = VALUE_REAL;
		cell->real = sqlite3_value_double(value);
		return true;
	case SQLITE_TEXT:
		cell->type = VALUE_TEXT;
		cell->data = (const char *)sqlite3_value_text(value);
		break;
	case SQLITE_BLOB:
		cell->type = VALUE_BLOB;
		cell->data = sqlite3_value_blob(value);
		break;
	default:
		cell->type = VALUE_NULL;
		return true;
	}
	cell->size = (size_t)sqlite3_value_bytes(value);
	return cell->data || cell->size == 0;
}

static int statement_next(struct cursor *cursor, const struct row **row,
			  struct err *err)
{
	struct statement_cursor *self = (struct statement_cursor *)cursor;
	int rc = sqlite3_step(self->statement);

	*row = NULL;
	if (rc == SQLITE_DONE)
		return 0;
	if (rc != SQLITE_ROW)
		return statement_error(sqlite3_db_handle(self->statement), rc,
				       self->name, err);
	for (size_t i = 0; i < self->row.ncells; i++)
		if (!read_cell(&self->cells[i],
			       sqlite3_column_value(self->statement, (int)i)))
			return err_set_nomem(err);
	*row = &self->row;
	return 0;
}

static void statement_close(struct cursor *cursor)
{
	struct statement_cursor *self = (struct statement_cursor *)cursor;

	sqlite3_finalize(self->statement);
	free(self);
}

int statement_cursor(struct cursor **cursor, sqlite3_stmt *statement,
		     size_t ncells, const char *name, struct err *err)
{
	struct statement_cursor *self =
		calloc(1, sizeof(*self) + ncells * sizeof(self->cells[0]));

	if (!self) {
		sqlite3_finalize(statement);
		return err_set_nomem(err);
	}
	self->cursor.next = statement_next;
	self->cursor.close = statement_close;
	self->statement = statement;
	self->name = name;
	self->row.cells = self->cells;
	self->row.ncells = ncells;
	*cursor = &self->cursor;
	return 0;
}
