#include "config.h"

#include "schema/planner.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/dependants.h"
#include "schema/sameness.h"
#include "schema/setaside.h"

/* ---- what matches ---- */

static bool is_table(const struct blueprint_object *object)
{
	return object->kind == OBJECT_TABLE;
}

int planner_match(struct planner *self, struct err *err)
{
	for (size_t i = 0; i < self->to->count; i++)
		self->origin[i] = SIZE_MAX;
	for (size_t i = 0; i < self->from->count; i++) {
		struct blueprint_object *a = &self->from->items[i];
		struct blueprint_object *b =
			blueprint_find(self->to, a->name,
				       a->kind == OBJECT_TRIGGER);
		struct planned *old = &self->old[i];
		bool same;

		old->match = SIZE_MAX;
		if (!b || a->kind != b->kind)
			continue;
		if (sameness_compare(&same, self->from, a, self->to, b, err) <
		    0)
			return err->code;
		old->match = (size_t)(b - self->to->items);
		old->differs = !same;
		self->origin[old->match] = i;
	}
	return 0;
}

bool planner_is_remade(const struct planned *planned)
{
	return planned->action == TABLE_REBUILD ||
	       planned->action == TABLE_COPY;
}

const char *planner_parked_name(const struct planned *planned)
{
	return planned->is_set_aside ? NULL : planned->scratch;
}

int planner_defs(struct planner *self, size_t place, const struct tabledef **a,
		 const struct tabledef **b, struct err *err)
{
	struct blueprint_object *from = &self->from->items[place];
	struct blueprint_object *to = &self->to->items[self->old[place].match];

	if (blueprint_def(self->from, from, a, err) < 0)
		return err->code;
	*b = *a;
	/* most tables that are copied are not touched themselves */
	if (from->size == to->size && memcmp(from->sql, to->sql, to->size) == 0)
		return 0;
	return blueprint_def(self->to, to, b, err);
}

/* ---- tables ---- */

static int choose_table(struct planner *self, size_t place, struct err *err)
{
	struct planned *old = &self->old[place];
	const struct tabledef *a, *b;
	struct tablechange change;

	if (old->match == SIZE_MAX) {
		old->action = TABLE_DROP;
		return 0;
	}
	if (!old->differs)
		return 0;
	if (planner_defs(self, place, &a, &b, err) < 0 ||
	    tablechange_find(&change, a, b, self->arena, err) < 0)
		return err->code;
	old->action = change.why ? TABLE_REBUILD : TABLE_ALTER;
	old->why = change.why;
	old->drops_columns = change.ndropped > 0;
	return 0;
}

/* True for a table that goes and whose name an index takes before that. */
static bool gives_name(const struct planner *self, size_t place)
{
	const struct blueprint_object *taker;

	if (self->old[place].action != TABLE_DROP)
		return false;
	taker = blueprint_find(self->to, self->from->items[place].name, false);
	return taker && taker->kind == OBJECT_INDEX;
}

int planner_choose_tables(struct planner *self, struct err *err)
{
	for (size_t i = 0; i < self->from->count; i++)
		if (is_table(&self->from->items[i]) &&
		    choose_table(self, i, err) < 0)
			return err->code;
	if (setaside_choose(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->from->count; i++) {
		struct planned *old = &self->old[i];

		if (!planner_is_remade(old) && !gives_name(self, i))
			continue;
		old->scratch =
			planner_scratch_name(self, self->from->items[i].name,
					     err);
		if (!old->scratch)
			return err->code;
	}
	for (size_t i = 0; i < self->to->count; i++) {
		const struct blueprint_object *object = &self->to->items[i];
		size_t origin = self->origin[i];

		if (is_table(object))
			self->create[i] = origin == SIZE_MAX ||
					  planner_is_remade(&self->old[origin]);
		else
			self->create[i] =
				origin == SIZE_MAX || self->old[origin].differs;
	}
	return 0;
}

/* ---- indexes, views, triggers ---- */

/* The action for the table that an index or trigger of `from` is on. */
static const struct planned *owner_of(const struct planner *self,
				      const struct blueprint_object *object)
{
	const struct blueprint_object *table =
		blueprint_find(self->from, object->table, false);

	return table ? &self->old[table - self->from->items] : NULL;
}

static void choose_indexes(struct planner *self)
{
	for (size_t i = 0; i < self->from->count; i++) {
		const struct blueprint_object *object = &self->from->items[i];
		struct planned *old = &self->old[i];
		const struct planned *owner;

		if (object->kind != OBJECT_INDEX)
			continue;
		owner = owner_of(self, object);
		if (!owner)
			continue;
		/* with its table it goes, unless its name is wanted before */
		if (owner->action == TABLE_DROP)
			old->drop = blueprint_find(self->to, object->name,
						   false) != NULL;
		else
			old->drop = old->match == SIZE_MAX || old->differs ||
				    planner_is_remade(owner);
		if (old->match != SIZE_MAX &&
		    (old->drop || owner->action == TABLE_DROP))
			self->create[old->match] = true;
	}
}

/* What SQLite would look at, or write anew, when a table is altered. */
static int note_touched(struct planner *self, struct namemap *touched,
			struct err *err)
{
	for (size_t i = 0; i < self->from->count; i++) {
		const struct planned *old = &self->old[i];

		if (!old->scratch &&
		    !(old->action == TABLE_ALTER && old->drops_columns))
			continue;
		if (namemap_add(touched, self->from->items[i].name, i, err) < 0)
			return err->code;
	}
	return 0;
}

static bool is_other(const struct blueprint_object *object)
{
	return object->kind == OBJECT_VIEW || object->kind == OBJECT_TRIGGER;
}

/* Views that mention a view that goes, go too, and so do triggers. */
static int spread(struct planner *self, struct namemap *touched,
		  struct err *err)
{
	bool *dropped = arena_array(self->arena, self->from->count + 1,
				    sizeof(*dropped));

	if (!dropped)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->from->count; i++) {
		const struct blueprint_object *object = &self->from->items[i];

		dropped[i] = self->old[i].drop;
		/* SQLite alters nothing while a view lacks another one */
		if (dropped[i] && object->kind == OBJECT_VIEW &&
		    touched->count > 0 &&
		    namemap_add(touched, object->name, i, err) < 0)
			return err->code;
	}
	if (touched->count > 0 &&
	    dependants_find_broken(self->from, touched, dropped, err) < 0)
		return err->code;
	if (dependants_find(self->from, touched, dropped, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->from->count; i++)
		self->old[i].drop = dropped[i];
	return 0;
}

static int keep_trigger_order(struct planner *self, struct err *err)
{
	size_t count = self->from->count;
	bool *again = arena_array(self->arena, count + 1, sizeof(*again));
	bool *dropped = arena_array(self->arena, count + 1, sizeof(*dropped));

	if (!again || !dropped)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++) {
		dropped[i] = self->old[i].drop;
		again[i] = dropped[i] && self->old[i].match != SIZE_MAX;
	}
	if (dependants_keep_order(self->from, again, dropped, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		self->old[i].drop = dropped[i];
	return 0;
}

static void drop_what_changes(struct planner *self)
{
	for (size_t i = 0; i < self->from->count; i++) {
		const struct blueprint_object *object = &self->from->items[i];
		struct planned *old = &self->old[i];

		if (is_other(object) &&
		    (old->match == SIZE_MAX || old->differs))
			old->drop = true;
		/* something else takes the name of a virtual table */
		if (object->kind == OBJECT_VIRTUAL_TABLE &&
		    old->match == SIZE_MAX &&
		    blueprint_find(self->to, object->name, false))
			old->drop = true;
	}
}

/* Views that are dropped take their triggers along. */
static void drop_with_views(struct planner *self)
{
	for (size_t i = 0; i < self->from->count; i++) {
		const struct blueprint_object *object = &self->from->items[i];
		const struct planned *owner;

		if (object->kind != OBJECT_TRIGGER)
			continue;
		owner = owner_of(self, object);
		if (owner && (owner->drop || owner->action == TABLE_DROP))
			self->old[i].drop = true;
	}
}

int planner_choose_others(struct planner *self, struct err *err)
{
	struct namemap touched = { .cap = 0 };

	choose_indexes(self);
	drop_what_changes(self);
	if (note_touched(self, &touched, err) == 0)
		(void)!spread(self, &touched, err);
	namemap_release(&touched);
	drop_with_views(self);
	if (err->code || keep_trigger_order(self, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->from->count; i++) {
		const struct planned *old = &self->old[i];

		if (is_other(&self->from->items[i]) && old->drop &&
		    old->match != SIZE_MAX)
			self->create[old->match] = true;
	}
	return 0;
}
