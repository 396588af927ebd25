#include "config.h"

#include "schema/childsearch.h"

#include <string.h>
#include <strings.h>

#include "model/affinity.h"
#include "model/sql.h"

enum { MAX_SQL = 64 << 20 };

/*
 * True if an index on the column could serve, since it compares as that of the
 * parent does (https://www.sqlite.org/datatype3.html, 4.2 and 7.1). *collate is
 * what such an index has to say, "" for nothing.
 */
static bool is_searchable(const char **collate, const struct tabledef *child,
			  const char *column, const struct tabledef *parent,
			  const char *referred)
{
	size_t to = tabledef_column(parent, referred);
	size_t at = tabledef_column(child, column);
	const struct tabledef_column *a = &parent->columns[to];
	const struct tabledef_column *b = &child->columns[at];

	if (to == parent->ncolumns || at == child->ncolumns ||
	    (affinity_is_numeric(tabledef_affinity(parent, a)) &&
	     !affinity_is_numeric(tabledef_affinity(child, b))))
		return false;
	*collate = parent->alias == to || strcmp(a->collate, b->collate) == 0
			   ? ""
		   : *a->collate ? a->collate
				 : "collate binary";
	return true;
}

/* The next such column of the key from *at on, NULL: there is none. */
static const char *next_column(size_t *at, const char **collate,
			       const struct tabledef_constraint *key,
			       const struct tabledef *child,
			       const struct tabledef *parent)
{
	size_t count;
	const char *const *columns = tabledef_referred(key, parent, &count);

	while (*at < count && *at < key->ncolumns) {
		size_t i = (*at)++;

		if (is_searchable(collate, child, key->columns[i], parent,
				  columns[i]))
			return key->columns[i];
	}
	return NULL;
}

bool childsearch_is_possible(const struct tabledef_constraint *key,
			     const struct tabledef *child,
			     const struct tabledef *parent)
{
	const char *collate;
	size_t at = 0;

	return next_column(&at, &collate, key, child, parent) != NULL;
}

/* ---- indexes ---- */

/* A reference to a table that is set aside. */
struct search {
	struct planner *planner;
	size_t child;
	size_t parent;
	const char *column;  /* that it is found by */
	const char *collate; /* "": as the column does */
};

/* True if an index of the child begins with the column, as it compares. */
static bool begins(const struct blueprint_object *index, const char *column,
		   struct arena *arena)
{
	const struct words *words = &index->words;
	size_t first = index->head + 3;
	const char *name;

	/* one with WHERE has not all rows */
	if (words_close(words, index->head + 2) < words->count ||
	    words_is(words, first + 1, "COLLATE"))
		return false;
	name = words_name(words, first, arena);
	return name && strcasecmp(name, column) == 0;
}

static bool is_indexed(const struct search *self, const struct tabledef *def,
		       const char *column, struct arena *arena)
{
	const struct planner *planner = self->planner;
	const struct blueprint *from = planner->from;

	for (size_t i = 0; i < def->nconstraints; i++) {
		const struct tabledef_constraint *key = &def->constraints[i];

		if ((key->kind == CONSTRAINT_PRIMARY_KEY ||
		     key->kind == CONSTRAINT_UNIQUE) &&
		    strcasecmp(key->columns[0], column) == 0)
			return true;
	}
	for (size_t i = 0; i < from->count; i++) {
		const struct blueprint_object *index = &from->items[i];

		if (index->kind == OBJECT_INDEX && !planner->old[i].drop &&
		    strcasecmp(index->table, from->items[self->child].name) ==
			    0 &&
		    begins(index, column, arena))
			return true;
	}
	return false;
}

static const char *index_name(const struct search *self, struct err *err)
{
	struct planner *planner = self->planner;

	return planner_scratch_name(
		planner,
		arena_format(planner->arena, "%s.%s%s",
			     planner->from->items[self->child].name,
			     self->column, self->collate),
		err);
}

typedef int index_fn(const struct search *self, struct err *err);

static int make_index(const struct search *self, struct err *err)
{
	struct planner *planner = self->planner;
	const char *table = planner->from->items[self->child].name;
	const char *parked = planner_parked_name(&planner->old[self->child]);
	const struct schemaplan_step step = {
		.note = arena_format(planner->arena,
				     "rows of '%s' are found by '%s' meanwhile",
				     table, self->column),
		.object = table,
		.subject = self->parent,
		.effect = STEP_FINDS,
	};
	const char *name = index_name(self, err);
	struct buf sql;

	if (!name)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "CREATE INDEX ");
	sql_add_name(&sql, name);
	buf_add_string(&sql, " ON ");
	sql_add_name(&sql, parked ? parked : table);
	buf_add_char(&sql, '(');
	sql_add_name(&sql, self->column);
	if (*self->collate)
		buf_add_format(&sql, " %s", self->collate);
	buf_add_char(&sql, ')');
	return planner_add(planner, &sql, &step, err);
}

static int drop_index(const struct search *self, struct err *err)
{
	struct planner *planner = self->planner;
	const struct schemaplan_step step = {
		.note = "nothing is looked for by it any more",
		.object = planner->from->items[self->child].name,
		.subject = self->parent,
		.effect = STEP_FINDS,
	};
	const char *name = index_name(self, err);
	struct buf sql;

	if (!name)
		return err->code;
	if (planner->old[self->child].is_set_aside) /* it went with its table */
		return 0;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP INDEX ");
	sql_add_name(&sql, name);
	return planner_add(planner, &sql, &step, err);
}

/*
 * Finds the column by which rows are found, best one that has an index: then
 * *is_served is true. *is is false if the parent is not set aside.
 */
static int read_search(struct search *self, bool *is, bool *is_served,
		       const struct tabledef *child,
		       const struct tabledef_constraint *key,
		       struct arena *arena, struct err *err)
{
	struct blueprint *from = self->planner->from;
	struct blueprint_object *parent;
	const struct tabledef *def;
	const char *column, *collate;
	size_t at = 0;

	*is = *is_served = false;
	if (key->kind != CONSTRAINT_FOREIGN_KEY)
		return 0;
	parent = blueprint_table(from, key->parent);
	if (!parent)
		return 0;
	self->parent = (size_t)(parent - from->items);
	if (!self->planner->old[self->parent].is_set_aside)
		return 0;
	if (blueprint_def(from, parent, &def, err) < 0)
		return err->code;
	while (!*is_served &&
	       (column = next_column(&at, &collate, key, child, def))) {
		*is_served =
			!*collate && is_indexed(self, child, column, arena);
		if (*is && !*is_served)
			continue;
		self->column = column;
		self->collate = collate;
		*is = true;
	}
	return 0;
}

/* True if another reference before this one is found by the same column. */
static int is_again(bool *again, const struct search *self,
		    const struct tabledef *def, size_t at, struct arena *arena,
		    struct err *err)
{
	struct search other = *self;

	*again = false;
	for (size_t i = 0; i < at && !*again; i++) {
		bool is, is_served;

		if (read_search(&other, &is, &is_served, def,
				&def->constraints[i], arena, err) < 0)
			return err->code;
		*again = is && strcasecmp(other.column, self->column) == 0 &&
			 strcmp(other.collate, self->collate) == 0;
	}
	return 0;
}

static int each_index_of(struct planner *planner, size_t child, index_fn *use,
			 struct err *err)
{
	struct search self = { .planner = planner, .child = child };
	struct arena arena = ARENA_INIT;
	const struct tabledef *def;

	if (blueprint_def(planner->from, &planner->from->items[child], &def,
			  err) < 0)
		return err->code;
	for (size_t i = 0; i < def->nconstraints && !err->code; i++) {
		bool is, is_served, again;

		if (read_search(&self, &is, &is_served, def,
				&def->constraints[i], &arena, err) < 0 ||
		    !is || is_served)
			continue;
		if (is_again(&again, &self, def, i, &arena, err) == 0 && !again)
			(void)!use(&self, err);
	}
	arena_release(&arena);
	return err->code;
}

/* Each index that is lacking, of each child of a table that is set aside. */
static int each_index(struct planner *self, index_fn *use, struct err *err)
{
	for (size_t i = 0; i < self->from->count; i++) {
		size_t count;
		const size_t *parents;
		bool found = false;

		if (self->from->items[i].kind != OBJECT_TABLE)
			continue;
		parents = family_parents(&self->family, i, &count);
		for (size_t at = 0; at < count; at++)
			found |= self->old[parents[at]].is_set_aside;
		if (found && each_index_of(self, i, use, err) < 0)
			return err->code;
	}
	return 0;
}

int childsearch_make_indexes(struct planner *planner, struct err *err)
{
	return each_index(planner, make_index, err);
}

int childsearch_drop_indexes(struct planner *planner, struct err *err)
{
	return each_index(planner, drop_index, err);
}
