#include "config.h"

#include "schema/renamedschema.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "schema/family.h"
#include "schema/groups.h"
#include "schema/normalise.h"
#include "source/statement.h"

enum { MAX_SQL = 64 << 20, SMALL = 60 };

/* In the order in which they are defined. */
static const enum object_kind kinds[] = { OBJECT_TABLE, OBJECT_VIRTUAL_TABLE,
					  OBJECT_INDEX, OBJECT_VIEW,
					  OBJECT_TRIGGER };

/* ---- what is inside ---- */

static int take_families(struct renamedschema *self,
			 const struct renamedschema_table *tables, size_t count,
			 struct err *err)
{
	struct family family;

	if (family_read(&family, self->from, err) == 0)
		for (size_t i = 0; i < count; i++) {
			size_t place = tables[i].place, nchildren;
			const size_t *children =
				family_children(&family, place, &nchildren);

			self->inside[place] = true;
			for (size_t at = 0; at < nchildren; at++) {
				self->inside[children[at]] = true;
				groups_join(self->groups, children[at], place);
			}
		}
	family_release(&family);
	return err->code;
}

static void take_indexes(struct renamedschema *self, const bool *dropped)
{
	const struct blueprint *from = self->from;

	for (size_t i = 0; i < from->count; i++) {
		const struct blueprint_object *table =
			blueprint_table(from, from->items[i].table);

		if (from->items[i].kind != OBJECT_INDEX || !table)
			continue;
		self->inside[i] =
			self->inside[table - from->items] && !dropped[i];
		groups_join(self->groups, i, (size_t)(table - from->items));
	}
}

/*
 * Tables that get the same name, or one that something has, are together. All
 * are if something mentions a name that no table has: it may refer to it.
 */
static int join_names(struct renamedschema *self,
		      const struct renamedschema_table *tables, size_t count,
		      struct err *err)
{
	const struct blueprint *from = self->from;
	struct namemap added = { .cap = 0 };
	bool mentioned = false;

	for (size_t i = 0; i < count && !err->code; i++) {
		size_t place = tables[i].place, other;

		if (!tables[i].name)
			continue;
		if (namemap_find(&from->names, tables[i].name, &other) ||
		    namemap_find(&added, tables[i].name, &other))
			groups_join(self->groups, place, other);
		if (!blueprint_table(from, tables[i].name))
			(void)!namemap_add(&added, tables[i].name, place, err);
	}
	for (size_t i = 0; i < from->count && added.count > 0; i++)
		mentioned |= self->inside[i] &&
			     words_mention(&from->items[i].words, &added);
	namemap_release(&added);
	if (mentioned)
		memset(self->groups, 0, from->count * sizeof(*self->groups));
	return err->code;
}

static int choose(struct renamedschema *self,
		  const struct renamedschema_table *tables, size_t count,
		  const bool *dropped, struct err *err)
{
	size_t total = self->from->count;

	if (total <= SMALL) {
		for (size_t i = 0; i < total; i++)
			self->inside[i] = !dropped[i];
		return 0;
	}
	groups_init(self->groups, total);
	if (take_families(self, tables, count, err) < 0)
		return err->code;
	take_indexes(self, dropped);
	return join_names(self, tables, count, err);
}

/* ---- defining ---- */

/* The database that the object at that place is in. */
static struct scratch **find_scratch(struct renamedschema *self, size_t place)
{
	return &self->scratches[groups_find(self->groups, place) %
				RENAMEDSCHEMA_DATABASES];
}

static int define(struct renamedschema *self, size_t place, struct err *err)
{
	const struct blueprint_object *object = &self->from->items[place];
	struct scratch **scratch = find_scratch(self, place);
	struct script_statement statement = { .line = 1 };
	struct buf sql;

	if (!*scratch && scratch_open(scratch, err) < 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	normalise_add(&sql, object->sql, object->size);
	if (buf_check(&sql, "a definition", err) == 0) {
		statement.text = sql.data;
		statement.size = sql.len;
		if (scratch_define(*scratch, &statement, object->name, err) < 0)
			err_context(err, "%s", self->from->label);
	}
	buf_release(&sql);
	return err->code;
}

int renamedschema_open(struct renamedschema *self, const struct blueprint *from,
		       const struct renamedschema_table *tables, size_t count,
		       const bool *dropped, struct err *err)
{
	*self = (struct renamedschema){ .from = from };
	self->inside = calloc(from->count + 1, sizeof(*self->inside));
	self->groups = calloc(from->count + 1, sizeof(*self->groups));
	if (!self->inside || !self->groups)
		return err_set_nomem(err);
	if (choose(self, tables, count, dropped, err) < 0)
		return err->code;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < from->count; i++)
			if (self->inside[i] &&
			    from->items[i].kind == kinds[k] &&
			    define(self, i, err) < 0)
				return err->code;
	return 0;
}

void renamedschema_close(struct renamedschema *self)
{
	for (size_t i = 0; i < RENAMEDSCHEMA_DATABASES; i++)
		scratch_close(self->scratches[i]);
	free(self->inside);
	free(self->groups);
	*self = (struct renamedschema){ .from = NULL };
}

int renamedschema_run(struct renamedschema *self, size_t place, const char *sql,
		      struct err *err)
{
	sqlite3 *db = scratch_handle(*find_scratch(self, place));

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

/* ---- what there is then ---- */

/* The definitions of one database, in the order in which they were made. */
static int open_rows(sqlite3_stmt **rows, const struct scratch *scratch,
		     struct err *err)
{
	return statement_prepare(rows, scratch_handle(scratch),
				 "SELECT sql FROM sqlite_schema"
				 " WHERE sql IS NOT NULL"
				 " AND name <> 'sqlite_sequence'"
				 " ORDER BY rowid",
				 "the private database", err);
}

static void close_rows(sqlite3_stmt **rows)
{
	sqlite3_finalize(*rows);
	*rows = NULL;
}

/* Adds the next one, or closes the rows behind the last. */
static int add_next(sqlite3_stmt **rows, struct blueprint *after,
		    struct err *err)
{
	int rc = sqlite3_step(*rows);
	const char *sql;

	if (rc == SQLITE_DONE) {
		close_rows(rows);
		return 0;
	}
	if (rc != SQLITE_ROW)
		return statement_error(sqlite3_db_handle(*rows), rc,
				       "the private database", err);
	sql = (const char *)sqlite3_column_text(*rows, 0);
	if (!sql)
		return err_set_nomem(err);
	return blueprint_add(after, sql, (size_t)sqlite3_column_bytes(*rows, 0),
			     0, err);
}

/* Takes one for each object, and at the end what came with virtual tables. */
static int add_in_order(struct renamedschema *self, sqlite3_stmt **rows,
			struct blueprint *after, struct err *err)
{
	const struct blueprint *from = self->from;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < from->count; i++) {
			size_t at = (size_t)(find_scratch(self, i) -
					     self->scratches);

			if (self->inside[i] &&
			    from->items[i].kind == kinds[k] && rows[at] &&
			    add_next(&rows[at], after, err) < 0)
				return err->code;
		}
	for (size_t i = 0; i < RENAMEDSCHEMA_DATABASES; i++)
		while (rows[i])
			if (add_next(&rows[i], after, err) < 0)
				return err->code;
	return 0;
}

static int add_inside(struct renamedschema *self, struct blueprint *after,
		      struct err *err)
{
	sqlite3_stmt *rows[RENAMEDSCHEMA_DATABASES] = { NULL };

	for (size_t i = 0; i < RENAMEDSCHEMA_DATABASES && !err->code; i++)
		if (self->scratches[i])
			(void)!open_rows(&rows[i], self->scratches[i], err);
	if (!err->code)
		(void)!add_in_order(self, rows, after, err);
	for (size_t i = 0; i < RENAMEDSCHEMA_DATABASES; i++)
		close_rows(&rows[i]);
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
