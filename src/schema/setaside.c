#include "config.h"

#include "schema/setaside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "schema/detach.h"
#include "schema/liverows.h"

enum { MAX_SQL = 64 << 20 };

/* ---- whether a reference allows it ---- */

/* True if the column is stored, and compares, as it did. */
static bool is_same_column(const struct tabledef *a, const struct tabledef *b,
			   const char *name)
{
	size_t before = tabledef_column(a, name);
	size_t after = tabledef_column(b, name);
	const struct tabledef_column *from = &a->columns[before];
	const struct tabledef_column *to = &b->columns[after];

	return before < a->ncolumns && after < b->ncolumns &&
	       !from->generated && !to->generated &&
	       strcmp(from->collate, to->collate) == 0 &&
	       tabledef_affinity(a, from) == tabledef_affinity(b, to);
}

/*
 * True if rows of the child find their parents by the same values before and
 * after.
 */
static bool finds_same(const struct tabledef_constraint *key,
		       const struct tabledef *a, const struct tabledef *b)
{
	size_t count, others;
	const char *const *columns = tabledef_referred(key, a, &count);
	const char *const *after = tabledef_referred(key, b, &others);

	if (count == 0 || count != others)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(columns[i], after[i]) != 0 ||
		    !is_same_column(a, b, columns[i]))
			return false;
	return tabledef_has_key(a, columns, count) &&
	       tabledef_has_key(b, columns, count);
}

/* ---- choosing ---- */

struct choice {
	struct planner *planner;
	size_t *queue; /* tables whose children are copied */
	size_t count;
};

static bool stays(const struct planned *planned)
{
	return planned->action == TABLE_KEEP || planned->action == TABLE_ALTER;
}

/* A table, and all foreign keys that refer to it. */
struct referred {
	size_t place;
	const size_t *children;
	size_t nchildren;
	const struct tabledef_constraint **keys;
	size_t nkeys;
};

/* *allowed is false if a child does not stay. */
static int find_keys(bool *allowed, struct referred *it, struct planner *self,
		     struct err *err)
{
	const char *name = self->from->items[it->place].name;
	const struct tabledef *def;
	size_t room = 1;

	*allowed = false;
	for (size_t i = 0; i < it->nchildren; i++) {
		size_t child = it->children[i];

		if (!stays(&self->old[child]))
			return 0;
		if (blueprint_def(self->from, &self->from->items[child], &def,
				  err) < 0)
			return err->code;
		room += def->nconstraints;
	}
	it->keys = arena_array(self->arena, room, sizeof(*it->keys));
	if (!it->keys)
		return err_set_nomem(err);
	for (size_t i = 0; i < it->nchildren; i++) {
		if (blueprint_def(self->from,
				  &self->from->items[it->children[i]], &def,
				  err) < 0)
			return err->code;
		for (size_t at = 0; at < def->nconstraints; at++)
			if (tabledef_refers_to(&def->constraints[at], name))
				it->keys[it->nkeys++] = &def->constraints[at];
	}
	*allowed = true;
	return 0;
}

/*
 * Where rows can be counted, the fewer ones are written: those of the table
 * twice, and once more if their keys are changed, or its and its children's.
 */
static int is_cheaper(bool *cheaper, struct planner *self,
		      const struct referred *it, struct err *err)
{
	const size_t place = it->place;
	uint64_t rows, others = 0, more;

	*cheaper = true;
	if (!self->options->live)
		return 0;
	if (liverows_count(&rows, self, self->from->items[place].name, err) < 0)
		return err->code;
	for (size_t i = 0; i < it->nchildren; i++) {
		const char *name = self->from->items[it->children[i]].name;

		if (liverows_count(&more, self, name, err) < 0)
			return err->code;
		others += more;
	}
	*cheaper = (self->old[place].ndetached > 0 ? 2 * rows : rows) <= others;
	return 0;
}

static int choose(struct planner *self, size_t place, struct err *err)
{
	struct planned *old = &self->old[place];
	const struct tabledef *a, *b;
	struct referred it = { .place = place };
	bool allowed;

	it.children = family_children(&self->family, place, &it.nchildren);
	if (it.nchildren == 0)
		return 0;
	if (planner_defs(self, place, &a, &b, err) < 0 ||
	    find_keys(&allowed, &it, self, err) < 0)
		return err->code;
	for (size_t i = 0; i < it.nkeys && allowed; i++)
		allowed = finds_same(it.keys[i], a, b);
	if (allowed &&
	    detach_choose(&allowed, self, place, it.keys, it.nkeys, err) < 0)
		return err->code;
	if (allowed && is_cheaper(&allowed, self, &it, err) < 0)
		return err->code;
	old->is_set_aside = allowed;
	return 0;
}

static void enqueue(struct choice *self, size_t place)
{
	self->planner->old[place].is_set_aside = false;
	self->queue[self->count++] = place;
}

/* A table whose child goes away, too, is not set aside after all. */
static void rechoose_parents(struct choice *self, size_t child)
{
	struct planner *planner = self->planner;
	size_t count;
	const size_t *parents = family_parents(&planner->family, child, &count);

	for (size_t i = 0; i < count; i++)
		if (planner->old[parents[i]].is_set_aside)
			enqueue(self, parents[i]);
}

static int copy_child(struct choice *self, size_t place, struct err *err)
{
	struct planned *old = &self->planner->old[place];

	if (!stays(old))
		return 0;
	old->action = old->action == TABLE_ALTER ? TABLE_REBUILD : TABLE_COPY;
	rechoose_parents(self, place);
	if (choose(self->planner, place, err) < 0)
		return err->code;
	if (!old->is_set_aside)
		enqueue(self, place);
	return 0;
}

int setaside_choose(struct planner *planner, struct err *err)
{
	size_t count = planner->from->count;
	struct choice self = { .planner = planner };

	self.queue = calloc(count + 1, sizeof(*self.queue));
	if (!self.queue)
		return err_set_nomem(err);
	for (size_t i = 0; i < count && !err->code; i++) {
		if (planner->old[i].action != TABLE_REBUILD)
			continue;
		if (choose(planner, i, err) == 0 &&
		    !planner->old[i].is_set_aside)
			enqueue(&self, i);
	}
	for (size_t at = 0; at < self.count && !err->code; at++) {
		size_t nchildren;
		const size_t *children =
			family_children(&planner->family, self.queue[at],
					&nchildren);

		for (size_t i = 0; i < nchildren && !err->code; i++)
			(void)!copy_child(&self, children[i], err);
	}
	free(self.queue);
	return err->code;
}

/* ---- indexes of references ---- */

/* True if SQLite finds the rows of a child by one of these columns. */
static bool is_indexed(const struct planner *self, size_t child,
		       const struct tabledef *def,
		       const struct tabledef_constraint *key,
		       struct arena *arena)
{
	const struct blueprint *from = self->from;

	for (size_t i = 0; i < def->nconstraints; i++)
		if ((def->constraints[i].kind == CONSTRAINT_PRIMARY_KEY ||
		     def->constraints[i].kind == CONSTRAINT_UNIQUE) &&
		    tabledef_has_column(key, def->constraints[i].columns[0]))
			return true;
	for (size_t i = 0; i < from->count; i++) {
		const struct blueprint_object *index = &from->items[i];
		const struct words *words = &index->words;
		const char *first;

		if (index->kind != OBJECT_INDEX || self->old[i].drop ||
		    strcasecmp(index->table, from->items[child].name) != 0)
			continue;
		/* one with WHERE has not all rows */
		if (words_close(words, index->head + 2) < words->count)
			continue;
		first = words_name(words, index->head + 3, arena);
		if (first && tabledef_has_column(key, first))
			return true;
	}
	return false;
}

static const char *index_name(struct planner *self, const char *child,
			      const struct tabledef_constraint *key,
			      struct err *err)
{
	return planner_scratch_name(self,
				    arena_format(self->arena, "%s.%s", child,
						 key->columns[0]),
				    err);
}

/* The table that is set aside is what the step is about. */
static size_t subject_of(const struct planner *self,
			 const struct tabledef_constraint *key)
{
	return (size_t)(blueprint_table(self->from, key->parent) -
			self->from->items);
}

typedef int index_fn(struct planner *self, size_t child,
		     const struct tabledef_constraint *key, struct err *err);

static int make_index(struct planner *self, size_t child,
		      const struct tabledef_constraint *key, struct err *err)
{
	const char *table = self->from->items[child].name;
	const struct schemaplan_step step = {
		.note = arena_format(self->arena,
				     "rows of '%s' are found by '%s' meanwhile",
				     table, key->columns[0]),
		.object = table,
		.subject = subject_of(self, key),
		.effect = STEP_HELPS,
	};
	const char *name = index_name(self, table, key, err);
	struct buf sql;

	if (!name)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "CREATE INDEX ");
	sql_add_name(&sql, name);
	buf_add_string(&sql, " ON ");
	sql_add_name(&sql, table);
	buf_add_char(&sql, '(');
	sql_add_name(&sql, key->columns[0]);
	buf_add_char(&sql, ')');
	return planner_add(self, &sql, &step, err);
}

static int drop_index(struct planner *self, size_t child,
		      const struct tabledef_constraint *key, struct err *err)
{
	const char *table = self->from->items[child].name;
	const struct schemaplan_step step = {
		.note = "nothing is looked for by it any more",
		.object = table,
		.subject = subject_of(self, key),
	};
	const char *name = index_name(self, table, key, err);
	struct buf sql;

	if (!name)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP INDEX ");
	sql_add_name(&sql, name);
	return planner_add(self, &sql, &step, err);
}

/* True if another reference before this one has the same first column. */
static bool is_again(const struct planner *self, const struct tabledef *def,
		     size_t at)
{
	const struct tabledef_constraint *key = &def->constraints[at];

	for (size_t i = 0; i < at; i++) {
		const struct tabledef_constraint *other = &def->constraints[i];
		const struct blueprint_object *parent;

		if (other->kind != CONSTRAINT_FOREIGN_KEY ||
		    strcasecmp(other->columns[0], key->columns[0]) != 0)
			continue;
		parent = blueprint_table(self->from, other->parent);
		if (parent &&
		    self->old[parent - self->from->items].is_set_aside)
			return true;
	}
	return false;
}

static int each_index_of(struct planner *self, size_t child, index_fn *use,
			 struct err *err)
{
	struct arena arena = ARENA_INIT;
	const struct tabledef *def;

	if (blueprint_def(self->from, &self->from->items[child], &def, err) < 0)
		return err->code;
	for (size_t i = 0; i < def->nconstraints && !err->code; i++) {
		const struct tabledef_constraint *key = &def->constraints[i];
		const struct blueprint_object *parent;

		if (key->kind != CONSTRAINT_FOREIGN_KEY)
			continue;
		parent = blueprint_table(self->from, key->parent);
		if (parent &&
		    self->old[parent - self->from->items].is_set_aside &&
		    !is_again(self, def, i) &&
		    !is_indexed(self, child, def, key, &arena))
			(void)!use(self, child, key, err);
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

/* ---- writing ---- */

/* The copy has the rowid as a column of that name, if nothing else shows it. */
static int copy_out(struct planner *self, size_t place,
		    const struct tabledef *a, struct err *err)
{
	const char *name = self->from->items[place].name;
	const struct planned *old = &self->old[place];
	const struct schemaplan_step step = {
		.note = old->why
				? arena_format(self->arena,
					       "table '%s' is rebuilt: %s; its "
					       "rows are set aside",
					       name, old->why)
				: arena_format(self->arena,
					       "table '%s' is copied, so that "
					       "it keeps its rows when the one "
					       "it refers to is rebuilt",
					       name),
		.object = name,
		.subject = place,
		.effect = STEP_HELPS,
	};
	const char *rowid =
		a->alias == SIZE_MAX ? tabledef_rowid_name(a) : NULL;
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "CREATE TABLE ");
	sql_add_name(&sql, old->scratch);
	buf_add_string(&sql, " AS SELECT ");
	if (rowid)
		buf_add_format(&sql, "%s AS \"%s\", ", rowid, rowid);
	buf_add_string(&sql, "* FROM ");
	sql_add_name(&sql, name);
	return planner_add(self, &sql, &step, err);
}

static int drop(struct planner *self, size_t place, struct err *err)
{
	const char *name = self->from->items[place].name;
	const struct schemaplan_step step = {
		.note = arena_format(self->arena,
				     "what refers to '%s' stays as it is",
				     name),
		.object = name,
		.subject = place,
	};
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TABLE ");
	sql_add_name(&sql, name);
	return planner_add(self, &sql, &step, err);
}

static int set_aside(struct planner *self, size_t place, struct err *err)
{
	const struct tabledef *a, *b;

	if (planner_defs(self, place, &a, &b, err) < 0 ||
	    rebuild_remark(self, place, err) < 0 ||
	    copy_out(self, place, a, err) < 0)
		return err->code;
	if (a->autoincrement && b->autoincrement &&
	    rebuild_rename_sequence(self, place, self->from->items[place].name,
				    self->old[place].scratch, err) < 0)
		return err->code;
	if (detach_write(self, place, err) < 0 || drop(self, place, err) < 0)
		return err->code;
	return planner_add_create(self,
				  &self->to->items[self->old[place].match],
				  err);
}

int setaside_write(struct planner *planner, struct err *err)
{
	if (each_index(planner, make_index, err) < 0)
		return err->code;
	for (size_t i = 0; i < planner->from->count; i++)
		if (planner->old[i].is_set_aside &&
		    set_aside(planner, i, err) < 0)
			return err->code;
	return 0;
}

int setaside_drop_indexes(struct planner *planner, struct err *err)
{
	return each_index(planner, drop_index, err);
}
