#include "config.h"

#include "schema/renaming.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "schema/dependants.h"
#include "schema/renamedschema.h"
#include "schema/sameness.h"
#include "schema/scratchname.h"
#include "util/sha256.h"

enum { MAX_SQL = 1 << 20 };

/* One that is still to be carried out. */
struct pending {
	const char *table; /* as it is called by then; NULL: it is a table */
	const char *from;
	const char *to;
	size_t place; /* of its table in `from` */
	bool goes;    /* it only makes way, and is dropped later */
	bool done;
};

struct renaming {
	struct schemaplan *plan;
	struct blueprint *from, *to;
	const struct schemaplan_options *options;
	struct pending *items;
	size_t count;
	struct renamedschema schema; /* what is there by now */
};

static bool same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

/* ---- which are to be carried out ---- */

static int compare(bool *equal, struct renaming *self, const char *name,
		   struct err *err)
{
	struct blueprint_object *a = blueprint_table(self->from, name);
	struct blueprint_object *b = blueprint_table(self->to, name);

	*equal = false;
	return a && b ? sameness_compare(equal, self->from, a, self->to, b, err)
		      : 0;
}

/* True if another one moves the thing of that name out of the way. */
static bool makes_way(const struct renames *renames,
		      const struct rename *rename)
{
	for (size_t i = 0; i < renames->count; i++) {
		const struct rename *other = &renames->items[i];

		if (same(other->from, rename->to) &&
		    (other->table == NULL) == (rename->table == NULL) &&
		    (!other->table || same(other->table, rename->table)))
			return true;
	}
	return false;
}

static int refuse_both(const struct rename *rename, const char *where,
		       bool stays, struct err *err)
{
	err_set(err, D1_EREFUSED,
		"both '%s' and '%s' are there%s%s%s: which is which after the "
		"rename cannot be told",
		rename->from, rename->to, where ? " in table '" : "",
		where ? where : "", where ? "'" : "");
	if (stays)
		return err_hint(err,
				"remove the @renamed comment or --rename, or "
				"rename one of them first");
	return err_hint(err,
			"if the '%s' that is there is to be lost: "
			"--allow-destructive %s%s%s\n"
			"if nothing is renamed: remove the @renamed comment "
			"or --rename",
			rename->to, where ? where : "", where ? "." : "",
			rename->to);
}

/* ---- what makes way ---- */

/* The name under which one is parked; NULL after an error. */
static const char *find_scratch(struct renaming *self, const char *name,
				size_t item, struct err *err)
{
	char hex[SHA256_HEX_SIZE];
	const char *scratch;
	char *parked;

	if (sha256_hex(hex, name, strlen(name), err) < 0)
		return NULL;
	parked =
		arena_format(&self->plan->arena, "git_d1_%.12s_%zu", hex, item);
	scratch = parked ? scratchname_park(&self->plan->arena, name, parked)
			 : NULL;
	if (!scratch)
		err_set_nomem(err);
	return scratch;
}

static bool is_given_up(const struct renaming *self, const char *table,
			const char *name)
{
	const struct schemaplan_options *options = self->options;

	return options->is_repeated ||
	       schemaplan_is_named(options->drops, options->ndrops,
				   table ? table : name, table ? name : NULL);
}

/*
 * What has the name that another one gets is moved, and dropped later, when
 * nothing refers to it any more. Somebody must have said that it may go; and
 * the old name must go, or a second run would take what was renamed.
 */
static int move_away(struct renaming *self, const char *table, size_t place,
		     bool stays, const struct rename *rename, struct err *err)
{
	struct pending item = {
		.table = table, .from = rename->to, .place = place, .goes = true
	};

	if (stays || !is_given_up(self, table, rename->to))
		return refuse_both(rename, table, stays, err);
	item.to = find_scratch(self, rename->to, self->count, err);
	if (item.to)
		self->items[self->count++] = item;
	return err->code;
}

/* True if it makes way already. */
static bool is_moved(const struct renaming *self, const char *table,
		     const char *name)
{
	for (size_t i = 0; i < self->count; i++) {
		const struct pending *item = &self->items[i];

		if (item->goes && same(item->from, name) &&
		    (item->table == NULL) == (table == NULL) &&
		    (!table || same(item->table, table)))
			return true;
	}
	return false;
}

/* True if the table of that name is gone, or another one, after the plan. */
static bool table_goes(const struct renaming *self,
		       const struct renames *renames, const char *name,
		       size_t depth)
{
	if (!blueprint_find(self->to, name, false))
		return true;
	for (size_t i = 0; i < renames->count && depth > 0; i++) {
		const struct rename *other = &renames->items[i];

		if (!other->table && same(other->to, name) &&
		    blueprint_table(self->from, other->from) &&
		    table_goes(self, renames, other->from, depth - 1))
			return true;
	}
	return false;
}

/* A view or an index is just dropped; rows are in neither. */
static int make_way_for_table(struct renaming *self,
			      const struct renames *renames,
			      const struct rename *rename, struct err *err)
{
	const struct blueprint_object *taken =
		blueprint_find(self->from, rename->to, false);

	if (taken->kind == OBJECT_VIEW || taken->kind == OBJECT_INDEX ||
	    is_moved(self, NULL, rename->to))
		return 0;
	return move_away(self, NULL, (size_t)(taken - self->from->items),
			 taken->kind != OBJECT_TABLE ||
				 !table_goes(self, renames, rename->from,
					     renames->count),
			 rename, err);
}

static int make_way_for_column(struct renaming *self, const char *table,
			       const struct blueprint_object *old,
			       const struct rename *rename, struct err *err)
{
	struct blueprint_object *object = blueprint_table(self->to, table);
	const struct tabledef *def;
	bool stays = true;

	if (is_moved(self, table, rename->to))
		return 0;
	if (object) {
		if (blueprint_def(self->to, object, &def, err) < 0)
			return err->code;
		stays = tabledef_column(def, rename->from) < def->ncolumns;
	}
	return move_away(self, table, (size_t)(old - self->from->items), stays,
			 rename, err);
}

static int want_table(bool *wanted, struct renaming *self,
		      const struct renames *renames,
		      const struct rename *rename, struct err *err)
{
	const struct blueprint_object *old =
		blueprint_table(self->from, rename->from);
	bool taken = blueprint_find(self->from, rename->to, false) != NULL;
	bool equal = false;

	*wanted = false;
	if (!old)
		return 0;
	if (!blueprint_table(self->to, rename->to))
		return err_set(err, D1_EREFUSED,
			       "'%s' cannot become '%s': that is no table of "
			       "%s",
			       rename->from, rename->to, self->to->label);
	if (same(rename->from, rename->to)) {
		*wanted = strcmp(old->name, rename->to) != 0;
		return 0;
	}
	/* one that was carried out already looks the same */
	if (taken && compare(&equal, self, rename->from, err) < 0)
		return err->code;
	if (equal && compare(&equal, self, rename->to, err) < 0)
		return err->code;
	if (taken && !equal && !makes_way(renames, rename) &&
	    make_way_for_table(self, renames, rename, err) < 0)
		return err->code;
	*wanted = !equal;
	return 0;
}

/* What a table of `to` is called in `from`. */
static const char *old_name(const struct renaming *self, const char *table)
{
	for (size_t i = 0; i < self->count; i++)
		if (!self->items[i].table && same(self->items[i].to, table))
			return self->items[i].from;
	return table;
}

static int want_column(bool *wanted, struct renaming *self,
		       const struct renames *renames,
		       const struct rename *rename, const char *table,
		       struct err *err)
{
	struct blueprint_object *object =
		blueprint_table(self->from, old_name(self, table));
	const struct tabledef *def;
	size_t old;
	bool taken, equal = false;

	*wanted = false;
	if (!object)
		return 0;
	if (blueprint_def(self->from, object, &def, err) < 0)
		return err->code;
	old = tabledef_column(def, rename->from);
	taken = tabledef_column(def, rename->to) < def->ncolumns;
	if (old == def->ncolumns)
		return 0;
	if (same(rename->from, rename->to)) {
		*wanted = strcmp(def->columns[old].name, rename->to) != 0;
		return 0;
	}
	if (taken && compare(&equal, self, table, err) < 0)
		return err->code;
	if (taken && !equal && !makes_way(renames, rename) &&
	    make_way_for_column(self, table, object, rename, err) < 0)
		return err->code;
	*wanted = !equal;
	return 0;
}

/* The table of a column may be given by its old name or its new one. */
static const char *new_name(const struct renaming *self, const char *table)
{
	for (size_t i = 0; i < self->count; i++)
		if (!self->items[i].table && same(self->items[i].from, table) &&
		    !blueprint_table(self->to, table))
			return self->items[i].to;
	return table;
}

/* True if one that is wanted already says the same. */
static bool is_said(const struct renaming *self, const struct pending *pending)
{
	for (size_t i = 0; i < self->count; i++) {
		const struct pending *other = &self->items[i];

		if (same(other->from, pending->from) &&
		    same(other->to, pending->to) &&
		    (other->table == NULL) == (pending->table == NULL) &&
		    (!other->table || same(other->table, pending->table)))
			return true;
	}
	return false;
}

/* Where its table is in `from`: it is there. */
static size_t find_place(const struct renaming *self,
			 const struct pending *pending)
{
	const char *name =
		pending->table ? old_name(self, pending->table) : pending->from;

	return (size_t)(blueprint_table(self->from, name) - self->from->items);
}

static int find_wanted(struct renaming *self, const struct renames *renames,
		       struct err *err)
{
	for (int columns = 0; columns < 2; columns++)
		for (size_t i = 0; i < renames->count; i++) {
			const struct rename *rename = &renames->items[i];
			struct pending pending = { .from = rename->from,
						   .to = rename->to };
			bool wanted = false;

			if ((rename->table != NULL) != (columns == 1))
				continue;
			if (rename->table)
				pending.table = new_name(self, rename->table);
			if (pending.table ? want_column(&wanted, self, renames,
							rename, pending.table,
							err) < 0
					  : want_table(&wanted, self, renames,
						       rename, err) < 0)
				return err->code;
			if (!wanted || is_said(self, &pending))
				continue;
			pending.place = find_place(self, &pending);
			self->items[self->count++] = pending;
		}
	return 0;
}

/* ---- carrying out ---- */

static int rename_now(struct renaming *self, const struct pending *item,
		      const char *to, struct err *err)
{
	const char *table = item->table, *from = item->from;
	struct schemaplan_step step = { .object = to };
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "ALTER TABLE ");
	sql_add_name(&sql, table ? table : from);
	if (table) {
		buf_add_string(&sql, " RENAME COLUMN ");
		sql_add_name(&sql, from);
		step.note = arena_format(&self->plan->arena,
					 "column '%s' of '%s' is called '%s'",
					 from, table, to);
	} else {
		step.note = arena_format(&self->plan->arena,
					 "table '%s' is called '%s'", from, to);
	}
	if (item->goes)
		step.note = arena_format(&self->plan->arena,
					 "%s '%s' makes way, and is dropped "
					 "later",
					 table ? "column" : "table", from);
	buf_add_string(&sql, table ? " TO " : " RENAME TO ");
	sql_add_name(&sql, to);
	if (buf_check(&sql, "a statement", err) == 0) {
		step.sql = arena_copy(&self->plan->arena, sql.data, sql.len);
		if (!step.sql || !step.note)
			err_set_nomem(err);
		else if (renamedschema_run(&self->schema, item->place, step.sql,
					   err) == 0)
			(void)!schemaplan_add(self->plan, &step, err);
	}
	buf_release(&sql);
	return err->code;
}

/* True if what is there by now has the name that is to be given. */
static bool is_blocked(const struct renaming *self, const struct pending *item)
{
	for (size_t i = 0; i < self->count; i++) {
		const struct pending *other = &self->items[i];

		if (!other->done && same(other->from, item->to) &&
		    (other->table == NULL) == (item->table == NULL) &&
		    (!other->table || same(other->table, item->table)))
			return true;
	}
	return false;
}

/* Parks one of a circle, or one that changes its letter case only. */
static int park(struct renaming *self, struct pending *item, struct err *err)
{
	const char *scratch = find_scratch(self, item->from,
					   (size_t)(item - self->items), err);

	if (!scratch)
		return err->code;
	if (rename_now(self, item, scratch, err) < 0)
		return err->code;
	item->from = scratch;
	return 0;
}

static int rename_all(struct renaming *self, bool columns, struct err *err)
{
	for (;;) {
		struct pending *stuck = NULL;
		bool moved = false;

		for (size_t i = 0; i < self->count; i++) {
			struct pending *item = &self->items[i];

			if (item->done || (item->table != NULL) != columns)
				continue;
			if (is_blocked(self, item)) {
				stuck = stuck ? stuck : item;
				continue;
			}
			if (rename_now(self, item, item->to, err) < 0)
				return err->code;
			item->done = moved = true;
		}
		if (!stuck)
			return 0;
		if (!moved && park(self, stuck, err) < 0)
			return err->code;
	}
}

/* ---- what is dropped before ---- */

/* True for a view or an index whose name a table gets. */
static bool gives_name(const struct renaming *self,
		       const struct blueprint_object *object)
{
	if (object->kind != OBJECT_VIEW && object->kind != OBJECT_INDEX)
		return false;
	for (size_t i = 0; i < self->count; i++)
		if (!self->items[i].table &&
		    same(self->items[i].to, object->name))
			return true;
	return false;
}

static int drop_object(struct renaming *self,
		       const struct blueprint_object *object, struct err *err)
{
	const char *kind = object->kind == OBJECT_TRIGGER ? "trigger"
			   : object->kind == OBJECT_INDEX ? "index"
							  : "view";
	struct schemaplan_step step = {
		.note = arena_format(&self->plan->arena, "%s '%s' %s", kind,
				     object->name,
				     gives_name(self, object)
					     ? "gives its name to a table"
					     : "mentions what is renamed"),
		.object = object->name,
	};
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_format(&sql, "DROP %s ",
		       object->kind == OBJECT_TRIGGER ? "TRIGGER"
		       : object->kind == OBJECT_INDEX ? "INDEX"
						      : "VIEW");
	sql_add_name(&sql, object->name);
	if (buf_check(&sql, "a statement", err) == 0) {
		step.sql = arena_copy(&self->plan->arena, sql.data, sql.len);
		if (!step.sql || !step.note)
			err_set_nomem(err);
		else
			(void)!schemaplan_add(self->plan, &step, err);
	}
	buf_release(&sql);
	return err->code;
}

/* Triggers go before views, which would take theirs along. */
static int drop_dependants(struct renaming *self, bool *dropped,
			   struct err *err)
{
	static const enum object_kind kinds[] = { OBJECT_TRIGGER, OBJECT_VIEW,
						  OBJECT_INDEX };
	const struct blueprint *from = self->from;
	struct namemap names = { .cap = 0 };

	for (size_t i = 0; i < self->count && !err->code; i++) {
		const struct pending *item = &self->items[i];

		(void)!namemap_add(&names,
				   item->table ? old_name(self, item->table)
					       : item->from,
				   i, err);
	}
	for (size_t i = 0; i < from->count && !err->code; i++) {
		dropped[i] = gives_name(self, &from->items[i]);
		if (dropped[i])
			(void)!namemap_add(&names, from->items[i].name, i, err);
	}
	if (!err->code)
		(void)!dependants_find_broken(from, &names, dropped, err);
	if (!err->code)
		(void)!dependants_find(from, &names, dropped, err);
	namemap_release(&names);
	if (!err->code)
		(void)!dependants_keep_order(from, dropped, dropped, err);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < from->count && !err->code; i++)
			if (dropped[i] && from->items[i].kind == kinds[k])
				(void)!drop_object(self, &from->items[i], err);
	return err->code;
}

/* Notes what was asked for, before names on the way are noted in its place. */
static int note_renamed(struct renaming *self, struct err *err)
{
	struct schemaplan *plan = self->plan;

	plan->renamed =
		arena_array(&plan->arena, self->count, sizeof(*plan->renamed));
	if (!plan->renamed)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->count; i++) {
		const struct pending *item = &self->items[i];

		plan->renamed[plan->nrenamed++] =
			(struct schemaplan_renamed){ item->table, item->from,
						     item->to };
	}
	return 0;
}

static int open_schema(struct renaming *self, const bool *dropped,
		       struct err *err)
{
	struct renamedschema_table *tables =
		calloc(self->count, sizeof(*tables));

	if (!tables)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->count; i++) {
		const struct pending *item = &self->items[i];

		tables[i].place = item->place;
		tables[i].name = item->table ? NULL : item->to;
	}
	(void)!renamedschema_open(&self->schema, self->from, tables,
				  self->count, dropped, err);
	free(tables);
	return err->code;
}

static int apply(struct renaming *self, struct blueprint *after,
		 struct err *err)
{
	bool *dropped = calloc(self->from->count + 1, sizeof(*dropped));

	if (!dropped)
		return err_set_nomem(err);
	if (note_renamed(self, err) == 0 &&
	    drop_dependants(self, dropped, err) == 0 &&
	    open_schema(self, dropped, err) == 0 &&
	    rename_all(self, false, err) == 0 &&
	    rename_all(self, true, err) == 0)
		(void)!renamedschema_finish(&self->schema, after, dropped, err);
	renamedschema_close(&self->schema);
	free(dropped);
	return err->code;
}

int renaming_apply(struct blueprint *after, bool *done, struct schemaplan *plan,
		   struct blueprint *from, struct blueprint *to,
		   const struct schemaplan_options *options, struct err *err)
{
	const struct renames *renames = options->renames;
	struct renaming self = {
		.plan = plan, .from = from, .to = to, .options = options
	};

	*done = false;
	blueprint_init(after, from->label);
	if (!renames || renames->count == 0)
		return 0;
	/* for each, something else may make way */
	self.items = calloc(renames->count, 2 * sizeof(*self.items));
	if (!self.items)
		return err_set_nomem(err);
	if (find_wanted(&self, renames, err) == 0 && self.count > 0) {
		*done = true;
		(void)!apply(&self, after, err);
	}
	free(self.items);
	return err->code;
}
