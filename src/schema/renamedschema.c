#include "config.h"

#include "schema/renamedschema.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "schema/family.h"
#include "schema/normalise.h"
#include "source/statement.h"

enum { MAX_SQL = 64 << 20, SMALL = 60 };

static int choose(struct renamedschema *self, const bool *wanted,
		  struct err *err)
{
	const struct blueprint *from = self->from;
	struct family family;

	if (family_read(&family, from, err) == 0)
		for (size_t i = 0; i < from->count; i++) {
			size_t count = 0;
			const size_t *children =
				wanted[i] ? family_children(&family, i, &count)
					  : NULL;

			self->inside[i] |= wanted[i];
			for (size_t at = 0; at < count; at++)
				self->inside[children[at]] = true;
		}
	family_release(&family);
	for (size_t i = 0; i < from->count && !err->code; i++) {
		const struct blueprint_object *table =
			blueprint_table(from, from->items[i].table);

		if (from->items[i].kind == OBJECT_INDEX && table)
			self->inside[i] = self->inside[table - from->items];
	}
	return err->code;
}

static int define(struct renamedschema *self,
		  const struct blueprint_object *object, struct err *err)
{
	struct script_statement statement = { .line = 1 };
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	normalise_add(&sql, object->sql, object->size);
	if (buf_check(&sql, "a definition", err) == 0) {
		statement.text = sql.data;
		statement.size = sql.len;
		if (scratch_define(self->scratch, &statement, object->name,
				   err) < 0)
			err_context(err, "%s", self->from->label);
	}
	buf_release(&sql);
	return err->code;
}

int renamedschema_open(struct renamedschema *self, const struct blueprint *from,
		       const bool *wanted, const bool *dropped, struct err *err)
{
	static const enum object_kind kinds[] = { OBJECT_TABLE,
						  OBJECT_VIRTUAL_TABLE,
						  OBJECT_INDEX, OBJECT_VIEW,
						  OBJECT_TRIGGER };

	*self = (struct renamedschema){ .from = from };
	self->inside = calloc(from->count + 1, sizeof(*self->inside));
	if (!self->inside)
		return err_set_nomem(err);
	for (size_t i = 0; i < from->count && from->count <= SMALL; i++)
		self->inside[i] = !dropped[i];
	if (choose(self, wanted, err) < 0 ||
	    scratch_open(&self->scratch, err) < 0)
		return err->code;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < from->count; i++)
			if (self->inside[i] &&
			    from->items[i].kind == kinds[k] &&
			    define(self, &from->items[i], err) < 0)
				return err->code;
	return 0;
}

void renamedschema_close(struct renamedschema *self)
{
	scratch_close(self->scratch);
	free(self->inside);
	*self = (struct renamedschema){ .from = NULL };
}

int renamedschema_run(struct renamedschema *self, const char *sql,
		      struct err *err)
{
	sqlite3 *db = scratch_handle(self->scratch);

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	err_set(err, D1_EREFUSED, "SQLite cannot rename that: %s",
		sqlite3_errmsg(db));
	if (strstr(err->message, "error in view") ||
	    strstr(err->message, "error in trigger"))
		err_hint(err, "mend or drop what is broken first: SQLite "
			      "renames nothing as long as it is there");
	return err->code;
}

static int add_inside(struct renamedschema *self, struct blueprint *after,
		      struct err *err)
{
	sqlite3 *db = scratch_handle(self->scratch);
	sqlite3_stmt *statement;
	int rc;

	if (statement_prepare(&statement, db,
			      "SELECT sql FROM sqlite_schema"
			      " WHERE sql IS NOT NULL ORDER BY rowid",
			      "the private database", err) < 0)
		return err->code;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *sql =
			(const char *)sqlite3_column_text(statement, 0);
		int size = sqlite3_column_bytes(statement, 0);

		if (!sql) {
			err_set_nomem(err);
			break;
		}
		if (blueprint_add(after, sql, (size_t)size, 0, err) < 0)
			break;
	}
	if (!err->code && rc != SQLITE_DONE)
		statement_error(db, rc, "the private database", err);
	sqlite3_finalize(statement);
	return err->code;
}

int renamedschema_finish(struct renamedschema *self, struct blueprint *after,
			 const bool *dropped, struct err *err)
{
	if (add_inside(self, after, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->from->count; i++) {
		const struct blueprint_object *object = &self->from->items[i];

		if (!self->inside[i] && !dropped[i] &&
		    blueprint_add(after, object->sql, object->size,
				  object->line, err) < 0)
			return err->code;
	}
	return blueprint_finish(after, err);
}
