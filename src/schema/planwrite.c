#include "config.h"

#include "schema/planner.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sql.h"
#include "schema/childsearch.h"
#include "schema/normalise.h"
#include "schema/scratchname.h"
#include "schema/setaside.h"
#include "schema/standin.h"

enum { MAX_SQL = 64 << 20, MAX_TRIES = 1000 };

/* ---- steps ---- */

int planner_add(struct planner *self, struct buf *sql,
		const struct schemaplan_step *step, struct err *err)
{
	struct schemaplan_step added = *step;

	if (buf_check(sql, "a statement", err) == 0) {
		added.sql = arena_copy(self->arena, sql->data, sql->len);
		if (!added.sql || !added.note)
			err_set_nomem(err);
		else
			(void)!schemaplan_add(self->plan, &added, err);
	}
	buf_release(sql);
	return err->code;
}

size_t planner_subject(const struct planner *self, size_t to_place)
{
	size_t origin = self->origin[to_place];

	return origin == SIZE_MAX ? self->from->count + to_place : origin;
}

static const char *kind_name(const struct blueprint_object *object)
{
	switch (object->kind) {
	case OBJECT_INDEX:
		return "index";
	case OBJECT_VIEW:
		return "view";
	case OBJECT_TRIGGER:
		return "trigger";
	case OBJECT_TABLE:
		break;
	case OBJECT_VIRTUAL_TABLE:
		return "virtual table";
	}
	return "table";
}

int planner_add_create(struct planner *self,
		       const struct blueprint_object *object, struct err *err)
{
	const struct schemaplan_step step = {
		.note = arena_format(self->arena, "%s '%s' is made",
				     kind_name(object), object->name),
		.object = object->name,
		.subject = planner_subject(self,
					   (size_t)(object - self->to->items)),
	};
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	normalise_add(&sql, object->sql, object->size);
	return planner_add(self, &sql, &step, err);
}

/* FNV-1a */
static uint64_t digest(const char *text, uint64_t salt)
{
	uint64_t hash = 0xcbf29ce484222325U ^ salt;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
	return hash ^ (hash >> 32);
}

const char *planner_scratch_name(struct planner *self, const char *name,
				 struct err *err)
{
	for (uint64_t i = 0; i < MAX_TRIES; i++) {
		char *parked = arena_format(self->arena, "git_d1_%012" PRIx64,
					    digest(name, i) & 0xffffffffffff);
		const char *scratch =
			parked ? scratchname_park(self->arena, name, parked)
			       : NULL;

		if (!scratch) {
			err_set_nomem(err);
			return NULL;
		}
		if (!blueprint_find(self->from, scratch, false) &&
		    !blueprint_find(self->to, scratch, false))
			return scratch;
	}
	err_set(err, D1_ERROR, "there is no free name to park '%s' under",
		name);
	return NULL;
}

/* ---- dropping ---- */

static int drop_object(struct planner *self,
		       const struct blueprint_object *object, bool again,
		       struct err *err)
{
	const struct schemaplan_step step = {
		.note = arena_format(self->arena, "%s '%s' is dropped%s",
				     kind_name(object), object->name,
				     again ? " and made again" : ""),
		.subject = (size_t)(object - self->from->items),
		.object = object->name,
		.effect = object->kind == OBJECT_INDEX ? STEP_DROPS_INDEX
						       : STEP_CHANGES,
		.lost = object->kind == OBJECT_VIRTUAL_TABLE
				? arena_format(self->arena, "all rows of '%s'",
					       object->name)
				: NULL,
	};
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, object->kind == OBJECT_INDEX     ? "DROP INDEX "
			     : object->kind == OBJECT_VIEW    ? "DROP VIEW "
			     : object->kind == OBJECT_TRIGGER ? "DROP TRIGGER "
							      : "DROP TABLE ");
	sql_add_name(&sql, object->name);
	return planner_add(self, &sql, &step, err);
}

static int drop_all(struct planner *self, enum object_kind kind,
		    struct err *err)
{
	for (size_t i = 0; i < self->from->count; i++) {
		const struct planned *old = &self->old[i];

		if (self->from->items[i].kind != kind || !old->drop)
			continue;
		if (drop_object(self, &self->from->items[i],
				old->match != SIZE_MAX, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- altering ---- */

static int drop_column(struct planner *self, size_t place, const char *table,
		       const struct tabledef_column *column, struct err *err)
{
	const char *name = schemaplan_old_name(self->plan, table, column->name);
	const struct schemaplan_step step = {
		.note = arena_format(self->arena,
				     "column '%s' of '%s' is dropped", name,
				     table),
		.object = arena_format(self->arena, "%s.%s", table, name),
		.subject = place,
		.lost = column->generated
				? NULL
				: arena_format(self->arena,
					       "the values of '%s' in table "
					       "'%s'",
					       name, table),
	};
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "ALTER TABLE ");
	sql_add_name(&sql, table);
	buf_add_string(&sql, " DROP COLUMN ");
	sql_add_name(&sql, column->name);
	return planner_add(self, &sql, &step, err);
}

/* The text of one column, without comments and line breaks of its own. */
static void add_column_text(struct buf *sql,
			    const struct tabledef_column *column)
{
	struct sqltokens tokens = { column->text, column->size };
	struct sqltoken token, last = { .size = 0 };

	while (sqltoken_next(&token, &tokens)) {
		if (last.size > 0 && last.text + last.size != token.text)
			buf_add_char(sql, ' ');
		buf_add(sql, token.text, token.size);
		last = token;
	}
}

static int add_column(struct planner *self, size_t place, const char *table,
		      const struct tabledef_column *column, struct err *err)
{
	const struct schemaplan_step step = {
		.note = arena_format(self->arena, "column '%s' of '%s' is new",
				     column->name, table),
		.object = table,
		.subject = place,
	};
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "ALTER TABLE ");
	sql_add_name(&sql, table);
	buf_add_string(&sql, " ADD COLUMN ");
	add_column_text(&sql, column);
	return planner_add(self, &sql, &step, err);
}

static int alter_table(struct planner *self, size_t place, struct err *err)
{
	const char *table = self->from->items[place].name;
	const struct tabledef *a, *b;
	struct tablechange change;

	if (planner_defs(self, place, &a, &b, err) < 0 ||
	    tablechange_find(&change, a, b, self->arena, err) < 0)
		return err->code;
	for (size_t i = 0; i < change.ndropped; i++)
		if (drop_column(self, place, table,
				&a->columns[change.dropped[i]], err) < 0)
			return err->code;
	for (size_t i = 0; i < change.nadded; i++)
		if (add_column(self, place, table, &b->columns[change.added[i]],
			       err) < 0)
			return err->code;
	return 0;
}

/* ---- tables ---- */

/* The orders in which tables are worked on. */
struct orders {
	size_t *old; /* of `from`, parents first */
	size_t nold;
	size_t *made; /* of `to`, parents first */
	size_t nmade;
};

static int find_orders(struct planner *self, struct orders *orders,
		       struct err *err)
{
	size_t room = self->from->count + self->to->count + 1;
	bool *wanted = arena_array(self->arena, room, sizeof(*wanted));
	struct family family;

	orders->old = arena_array(self->arena, room, sizeof(size_t));
	orders->made = arena_array(self->arena, room, sizeof(size_t));
	if (!wanted || !orders->old || !orders->made)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->from->count; i++)
		wanted[i] = planner_is_remade(&self->old[i]) ||
			    self->old[i].action == TABLE_DROP;
	orders->nold = family_order(&self->family, wanted, orders->old);
	if (family_read(&family, self->to, err) == 0) {
		for (size_t i = 0; i < self->to->count; i++)
			wanted[i] = self->create[i] &&
				    self->to->items[i].kind == OBJECT_TABLE;
		orders->nmade = family_order(&family, wanted, orders->made);
	}
	family_release(&family);
	return err->code;
}

/* True if the table of `to` was made when the old one was dropped. */
static bool is_set_aside(const struct planner *self, size_t to_place)
{
	size_t origin = self->origin[to_place];

	return origin != SIZE_MAX && self->old[origin].is_set_aside;
}

static int write_new_tables(struct planner *self, const struct orders *orders,
			    struct err *err)
{
	for (size_t i = 0; i < orders->nold; i++)
		if (planner_parked_name(&self->old[orders->old[i]]) &&
		    rebuild_rename_away(self, orders->old[i], err) < 0)
			return err->code;
	if (setaside_write(self, orders->old, orders->nold, err) < 0)
		return err->code;
	for (size_t i = 0; i < orders->nmade; i++)
		if (!is_set_aside(self, orders->made[i]) &&
		    planner_add_create(self, &self->to->items[orders->made[i]],
				       err) < 0)
			return err->code;
	for (size_t i = 0; i < self->from->count; i++)
		if (self->old[i].action == TABLE_ALTER &&
		    alter_table(self, i, err) < 0)
			return err->code;
	return 0;
}

/* A foreign key may need a unique index, so these come before rows. */
static int write_indexes(struct planner *self, bool is_unique, struct err *err)
{
	for (size_t i = 0; i < self->to->count; i++) {
		const struct blueprint_object *object = &self->to->items[i];

		if (object->kind == OBJECT_INDEX && self->create[i] &&
		    object->is_unique == is_unique &&
		    planner_add_create(self, object, err) < 0)
			return err->code;
	}
	return 0;
}

static int write_rows(struct planner *self, const struct orders *orders,
		      struct err *err)
{
	struct standins standins;

	if (standins_init(&standins, self, err) < 0 ||
	    standins_make_missing(&standins, self, err) < 0)
		return err->code;
	for (size_t i = 0; i < orders->nmade; i++) {
		size_t origin = self->origin[orders->made[i]];

		if (origin != SIZE_MAX && rebuild_copy(self, origin, err) < 0)
			return err->code;
	}
	if (childsearch_drop_indexes(self, err) < 0)
		return err->code;
	for (size_t i = orders->nold; i > 0; i--)
		if (rebuild_drop_old(self, orders->old[i - 1], err) < 0 ||
		    standins_replace(&standins, self, orders->old, i - 1, err) <
			    0)
			return err->code;
	return standins_drop(&standins, self, err);
}

static int write_virtual_tables(struct planner *self, struct err *err)
{
	for (size_t i = 0; i < self->from->count; i++) {
		const struct blueprint_object *object = &self->from->items[i];
		const struct planned *old = &self->old[i];

		if (object->kind != OBJECT_VIRTUAL_TABLE || old->drop)
			continue;
		if (old->match == SIZE_MAX) {
			if (drop_object(self, object, false, err) < 0)
				return err->code;
		} else if (old->differs &&
			   virtualchange_write(self, i, err) < 0) {
			return err->code;
		}
	}
	for (size_t i = 0; i < self->to->count; i++)
		if (self->to->items[i].kind == OBJECT_VIRTUAL_TABLE &&
		    self->origin[i] == SIZE_MAX &&
		    planner_add_create(self, &self->to->items[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- views and triggers ---- */

/* Views after those they mention: a person reads them in that order. */
static int write_view(struct planner *self, size_t place, bool *done,
		      struct err *err)
{
	const struct blueprint_object *object = &self->to->items[place];

	done[place] = true;
	for (size_t at = object->head; at < object->words.count; at++) {
		const char *name;
		size_t other;

		if (!words_is_name(&object->words, at))
			continue;
		name = words_name(&object->words, at, self->arena);
		if (!name)
			return err_set_nomem(err);
		if (namemap_find(&self->to->names, name, &other) &&
		    !done[other] && self->create[other] &&
		    self->to->items[other].kind == OBJECT_VIEW &&
		    write_view(self, other, done, err) < 0)
			return err->code;
	}
	return planner_add_create(self, object, err);
}

static int write_views(struct planner *self, struct err *err)
{
	bool *done =
		arena_array(self->arena, self->to->count + 1, sizeof(*done));

	if (!done)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->to->count; i++)
		if (self->to->items[i].kind == OBJECT_VIEW && self->create[i] &&
		    !done[i] && write_view(self, i, done, err) < 0)
			return err->code;
	for (size_t i = 0; i < self->to->count; i++)
		if (self->to->items[i].kind == OBJECT_TRIGGER &&
		    self->create[i] &&
		    planner_add_create(self, &self->to->items[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- all of it ---- */

static int defer_foreign_keys(struct planner *self, struct err *err)
{
	const struct schemaplan_step step = {
		.sql = "PRAGMA defer_foreign_keys=on",
		.note = "foreign keys are checked at the end",
		.object = "",
		.subject = SUBJECT_ALL,
	};

	return schemaplan_add(self->plan, &step, err);
}

int planner_write(struct planner *self, struct err *err)
{
	struct orders orders = { .nold = 0 };

	self->first_step = self->plan->count;
	if (find_orders(self, &orders, err) < 0)
		return err->code;
	if (orders.nold > 0 && defer_foreign_keys(self, err) < 0)
		return err->code;
	if (drop_all(self, OBJECT_TRIGGER, err) < 0 ||
	    drop_all(self, OBJECT_VIEW, err) < 0 ||
	    drop_all(self, OBJECT_INDEX, err) < 0 ||
	    drop_all(self, OBJECT_VIRTUAL_TABLE, err) < 0 ||
	    write_new_tables(self, &orders, err) < 0 ||
	    write_indexes(self, true, err) < 0 ||
	    write_rows(self, &orders, err) < 0 ||
	    write_virtual_tables(self, err) < 0 ||
	    write_indexes(self, false, err) < 0 || write_views(self, err) < 0)
		return err->code;
	/* last: until the end an index that was filled is in use */
	return virtualchange_refill(self, err);
}
