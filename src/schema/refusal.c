#include "config.h"

#include "schema/planner.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "schema/livecheck.h"
#include "schema/livekeys.h"
#include "schema/liverows.h"
#include "schema/sameness.h"
#include "schema/standin.h"
#include "schema/virtualdef.h"

/* https://developers.cloudflare.com/d1/platform/limits/ */
enum { MAX_COLUMNS = 100, MAX_PATTERN = 50 };

/* ---- what D1 does not take ---- */

static int check_patterns(const struct blueprint_object *object,
			  struct err *err)
{
	const struct words *words = &object->words;

	for (size_t at = object->head; at + 1 < words->count; at++) {
		const struct sqltoken *pattern = &words->items[at + 1];

		if ((words_is(words, at, "LIKE") ||
		     words_is(words, at, "GLOB")) &&
		    pattern->kind == SQLTOKEN_STRING &&
		    pattern->size > MAX_PATTERN + 2)
			return err_set(err, D1_EREFUSED,
				       "a pattern of LIKE or GLOB has more "
				       "than %d bytes, which D1 does not take",
				       MAX_PATTERN);
	}
	return 0;
}

static int check_module(struct planner *self,
			const struct blueprint_object *object, struct err *err)
{
	static const char *const modules[] = { "fts5", "fts5vocab", "rtree",
					       "rtree_i32", "geopoly" };
	struct virtualdef def;

	if (virtualdef_read(&def, self->arena, object, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (strcasecmp(modules[i], def.module) == 0)
			return 0;
	err_set(err, D1_EREFUSED, "D1 has no module '%s'", def.module);
	if (strncasecmp(def.module, "fts", 3) == 0)
		err_hint(err, "use fts5");
	return err->code;
}

static int check_limits(struct planner *self, struct blueprint_object *object,
			struct err *err)
{
	const struct tabledef *def;

	switch (object->kind) {
	case OBJECT_TABLE:
		if (blueprint_def(self->to, object, &def, err) < 0)
			return err->code;
		if (def->ncolumns > MAX_COLUMNS)
			return err_set(err, D1_EREFUSED,
				       "table '%s' has %zu columns, and D1 "
				       "takes %d",
				       object->name, def->ncolumns,
				       MAX_COLUMNS);
		return check_patterns(object, err);
	case OBJECT_VIRTUAL_TABLE:
		return check_module(self, object, err);
	default:
		return 0;
	}
}

/* ---- what looks like a rename ---- */

static bool is_consented(const struct planner *self, const char *table,
			 const char *column)
{
	const struct schemaplan *plan = self->plan;

	if (column)
		column = schemaplan_old_name(plan, table, column);
	else
		table = schemaplan_old_name(plan, NULL, table);
	return schemaplan_is_named(self->options->drops, self->options->ndrops,
				   table, column);
}

/* The columns of one that the other lacks; generated ones hold nothing. */
static size_t find_missing(const struct tabledef *a, const struct tabledef *b,
			   size_t *place)
{
	size_t count = 0;

	for (size_t i = 0; i < a->ncolumns; i++)
		if (!a->columns[i].generated &&
		    tabledef_column(b, a->columns[i].name) == b->ncolumns) {
			*place = i;
			count++;
		}
	return count;
}

/* How many columns before this one are in the other table as well. */
static size_t count_before(const struct tabledef *a, const struct tabledef *b,
			   size_t place)
{
	size_t count = 0;

	for (size_t i = 0; i < place; i++)
		count += tabledef_column(b, a->columns[i].name) < b->ncolumns;
	return count;
}

static int refuse_column(const char *table, const char *old, const char *new,
			 struct err *err)
{
	err_set(err, D1_EREFUSED,
		"column '%s' of table '%s' goes, and '%s' of the same type "
		"comes: that looks like a rename",
		old, table, new);
	return err_hint(err,
			"if it is one: --rename %s.%s=%s, or the comment "
			"-- @renamed from=%s beside '%s'\n"
			"if the values are to be lost: --allow-destructive "
			"%s.%s",
			table, old, new, old, new, table, old);
}

/* One for one of the same type, or several at the same places. */
static int check_columns(struct planner *self, const char *table,
			 const struct tabledef *a, const struct tabledef *b,
			 struct err *err)
{
	size_t old = 0, new = 0;
	bool single =
		find_missing(a, b, &old) == 1 && find_missing(b, a, &new) == 1;

	for (size_t i = 0; i < a->ncolumns; i++) {
		const struct tabledef_column *gone = &a->columns[i];

		if (gone->generated || is_consented(self, table, gone->name) ||
		    tabledef_column(b, gone->name) < b->ncolumns)
			continue;
		for (size_t j = 0; j < b->ncolumns; j++) {
			const struct tabledef_column *come = &b->columns[j];

			if (come->generated ||
			    tabledef_column(a, come->name) < a->ncolumns ||
			    strcmp(gone->type, come->type) != 0)
				continue;
			if (single ||
			    count_before(a, b, i) == count_before(b, a, j))
				return refuse_column(table, gone->name,
						     come->name, err);
		}
	}
	return 0;
}

/* True if two tables have the same columns, and more than one. */
static bool look_alike(const struct tabledef *a, const struct tabledef *b)
{
	if (a->ncolumns != b->ncolumns || a->ncolumns < 2)
		return false;
	for (size_t i = 0; i < a->ncolumns; i++)
		if (strcasecmp(a->columns[i].name, b->columns[i].name) != 0 ||
		    strcmp(a->columns[i].type, b->columns[i].type) != 0)
			return false;
	return true;
}

static int check_dropped_table(struct planner *self, size_t place,
			       struct err *err)
{
	struct blueprint_object *gone = &self->from->items[place];
	const struct tabledef *a, *b;

	if (is_consented(self, gone->name, NULL))
		return 0;
	if (blueprint_def(self->from, gone, &a, err) < 0)
		return err->code;
	for (size_t i = 0; i < self->to->count; i++) {
		struct blueprint_object *come = &self->to->items[i];

		if (come->kind != OBJECT_TABLE || self->origin[i] != SIZE_MAX)
			continue;
		if (blueprint_def(self->to, come, &b, err) < 0)
			return err->code;
		if (!look_alike(a, b))
			continue;
		err_set(err, D1_EREFUSED,
			"table '%s' goes, and '%s' with the same columns "
			"comes: that looks like a rename",
			gone->name, come->name);
		return err_hint(err,
				"if it is one: --rename %s=%s, or the comment "
				"-- @renamed from=%s before '%s'\n"
				"if the rows are to be lost: "
				"--allow-destructive %s",
				gone->name, come->name, gone->name, come->name,
				gone->name);
	}
	return 0;
}

/* ---- values that nobody knows ---- */

static int refuse_value(const char *table, const char *column, const char *why,
			const char *remedy, struct err *err)
{
	err_set(err, D1_EREFUSED,
		"column '%s' of table '%s' is new and %s: there is no value "
		"for the rows that are there",
		column, table, why);
	return err_hint(err, "%s", remedy);
}

/* True if no two rows may have the same value there. */
static bool is_unique(const struct tabledef *def, const char *column)
{
	for (size_t i = 0; i < def->nconstraints; i++)
		if (def->constraints[i].kind == CONSTRAINT_UNIQUE &&
		    def->constraints[i].ncolumns == 1 &&
		    tabledef_has_column(&def->constraints[i], column))
			return true;
	return false;
}

/* All rows that are there would get the one value of the default. */
static int check_unique_default(struct planner *self, const char *table,
				const struct tabledef *def,
				const struct tabledef_column *column,
				struct err *err)
{
	uint64_t count = 2;

	if (column->generated || column->default_kind != DEFAULT_CONSTANT ||
	    !is_unique(def, column->name))
		return 0;
	if (self->options->live && liverows_count(&count, self, table, err) < 0)
		return err->code;
	if (count < 2)
		return 0;
	err_set(err, D1_EREFUSED,
		"column '%s' of table '%s' is new and UNIQUE, and its default "
		"is the same for all rows that are there",
		column->name, table);
	return err_hint(err, "add it without the default: UNIQUE takes any "
			     "number of NULLs");
}

static int check_new_columns(struct planner *self, size_t place,
			     const struct tabledef *a, const struct tabledef *b,
			     struct err *err)
{
	const char *table = self->from->items[place].name;
	const struct tabledef_constraint *key = tabledef_primary_key(b);
	bool empty;

	for (size_t i = 0; i < b->ncolumns; i++) {
		const struct tabledef_column *column = &b->columns[i];
		bool in_key = key && tabledef_has_column(key, column->name);

		if (column->generated ||
		    tabledef_column(a, column->name) < a->ncolumns)
			continue;
		if (check_unique_default(self, table, b, column, err) < 0)
			return err->code;
		/* an INTEGER PRIMARY KEY shows the rowid that is there */
		if (in_key && b->alias == i && !a->without_rowid)
			continue;
		if (!in_key && (!column->not_null ||
				(column->default_kind != DEFAULT_NONE &&
				 column->default_kind != DEFAULT_NULL)))
			continue;
		if (livecheck_is_empty(&empty, self, table, err) < 0)
			return err->code;
		if (empty)
			continue;
		if (in_key)
			return refuse_value(table, column->name,
					    "is in the primary key",
					    "add the column without the key, "
					    "fill it, then make it the key",
					    err);
		return refuse_value(table, column->name,
				    "is NOT NULL without a default",
				    "give it a DEFAULT, or add it without NOT "
				    "NULL, fill it, then plan again",
				    err);
	}
	return 0;
}

/* ---- foreign keys ---- */

/*
 * Rows cannot be copied into a table whose parent is not there, unless a table
 * stands in for it.
 */
static int check_parents(struct planner *self, size_t place,
			 const struct tabledef *b, struct err *err)
{
	const char *table = self->from->items[place].name;

	for (size_t i = 0; i < b->nconstraints; i++) {
		const struct tabledef_constraint *key = &b->constraints[i];

		if (key->kind != CONSTRAINT_FOREIGN_KEY ||
		    blueprint_table(self->to, key->parent) ||
		    standin_is_possible(self, key->parent))
			continue;
		err_set(err, D1_EREFUSED,
			"table '%s' has to be made anew and refers to '%s', "
			"which %s",
			table, key->parent,
			blueprint_table(self->from, key->parent)
				? "would be dropped"
				: "is no table that can be referred to");
		return err_hint(err,
				"foreign keys are always enforced on D1: drop "
				"the reference, or keep the table '%s'",
				key->parent);
	}
	return 0;
}

/* Whether a table still refers to `parent` when the plan is carried out. */
static int keeps_reference(bool *keeps, struct planner *self, size_t child,
			   const char *parent, struct err *err)
{
	const struct tabledef *a, *b;

	*keeps = true;
	if (self->old[child].action != TABLE_ALTER)
		return 0;
	/* the column that refers may be among those that are dropped */
	if (planner_defs(self, child, &a, &b, err) < 0)
		return err->code;
	*keeps = false;
	for (size_t i = 0; i < b->nconstraints; i++)
		if (b->constraints[i].kind == CONSTRAINT_FOREIGN_KEY &&
		    strcasecmp(b->constraints[i].parent, parent) == 0)
			*keeps = true;
	return 0;
}

/* A dropped table would take the rows of a child along that stays. */
static int check_children(struct planner *self, size_t place, struct err *err)
{
	size_t count;
	const size_t *children = family_children(&self->family, place, &count);

	for (size_t i = 0; i < count; i++) {
		enum table_action action = self->old[children[i]].action;
		bool keeps;

		if (children[i] == place || action == TABLE_DROP ||
		    action == TABLE_REBUILD || action == TABLE_COPY)
			continue;
		if (keeps_reference(&keeps, self, children[i],
				    self->from->items[place].name, err) < 0)
			return err->code;
		if (!keeps)
			continue;
		err_set(err, D1_EREFUSED,
			"table '%s' would be dropped, and '%s' still refers "
			"to it",
			schemaplan_old_name(self->plan, NULL,
					    self->from->items[place].name),
			self->from->items[children[i]].name);
		return err_hint(err,
				"remove the reference from '%s', or keep "
				"the table",
				self->from->items[children[i]].name);
	}
	return 0;
}

/* ---- all of it ---- */

static int check_changed_table(struct planner *self, size_t place,
			       struct err *err)
{
	const struct tabledef *a, *b;

	if (planner_defs(self, place, &a, &b, err) < 0)
		return err->code;
	if (planner_is_remade(&self->old[place]) &&
	    check_parents(self, place, b, err) < 0)
		return err->code;
	if (self->old[place].differs &&
	    (check_columns(self, self->from->items[place].name, a, b, err) <
		     0 ||
	     check_new_columns(self, place, a, b, err) < 0))
		return err->code;
	return livecheck_table(self, place, a, b, err);
}

int planner_refuse(struct planner *self, struct err *err)
{
	for (size_t i = 0; i < self->to->count; i++) {
		struct blueprint_object *object = &self->to->items[i];

		if ((self->origin[i] == SIZE_MAX ||
		     self->old[self->origin[i]].differs) &&
		    check_limits(self, object, err) < 0)
			return blueprint_place_error(self->to, object, err);
	}
	for (size_t i = 0; i < self->from->count; i++) {
		const struct planned *old = &self->old[i];
		int code = 0;

		if (old->action == TABLE_DROP) {
			code = check_dropped_table(self, i, err);
			if (code == 0)
				code = check_children(self, i, err);
		} else if (old->action != TABLE_KEEP) {
			code = check_changed_table(self, i, err);
		}
		if (code < 0)
			return code;
	}
	return livekeys_check_indexes(self, err);
}
