#include "config.h"

#include "schema/setaside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "schema/childsearch.h"
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

/* *allowed is false if SQLite would not find rows of a child by an index. */
static int find_keys(bool *allowed, struct referred *it, struct planner *self,
		     const struct tabledef *a, struct err *err)
{
	const char *name = self->from->items[it->place].name;
	const struct tabledef *def;
	size_t room = 1;

	for (size_t i = 0; i < it->nchildren; i++) {
		if (blueprint_def(self->from,
				  &self->from->items[it->children[i]], &def,
				  err) < 0)
			return err->code;
		room += def->nconstraints;
	}
	it->keys = arena_array(self->arena, room, sizeof(*it->keys));
	if (!it->keys)
		return err_set_nomem(err);
	*allowed = true;
	for (size_t i = 0; i < it->nchildren; i++) {
		if (blueprint_def(self->from,
				  &self->from->items[it->children[i]], &def,
				  err) < 0)
			return err->code;
		for (size_t at = 0; at < def->nconstraints; at++) {
			const struct tabledef_constraint *key =
				&def->constraints[at];

			if (!tabledef_refers_to(key, name))
				continue;
			it->keys[it->nkeys++] = key;
			*allowed &= childsearch_is_possible(key, def, a);
		}
	}
	return 0;
}

/*
 * *orderly is false if a child that is made anew is a parent, too, maybe of a
 * parent's parent: one of them would be filled while rows of the other refer to
 * it, and its indexes come later.
 */
static int find_order(bool *orderly, struct planner *self,
		      const struct referred *it, struct err *err)
{
	size_t nremade = 0;
	bool *found;

	for (size_t i = 0; i < it->nchildren; i++)
		nremade += planner_is_remade(&self->old[it->children[i]]);
	*orderly = true;
	if (nremade == 0)
		return 0;
	found = calloc(self->from->count + 1, sizeof(*found));
	if (!found)
		return err_set_nomem(err);
	if (family_find_ancestors(&self->family, it->place, found, err) == 0)
		for (size_t i = 0; i < it->nchildren; i++)
			if (planner_is_remade(&self->old[it->children[i]]) &&
			    found[it->children[i]])
				*orderly = false;
	free(found);
	return err->code;
}

/*
 * To set a table aside is to write its rows twice, and once more if their keys
 * are changed; else they are written once, and those of children that would
 * stay. Where rows cannot be counted, there are more of these.
 */
static int is_cheaper(bool *cheaper, struct planner *self,
		      const struct referred *it, struct err *err)
{
	const struct planned *old = &self->old[it->place];
	const char *name = self->from->items[it->place].name;
	uint64_t rows = 0, others = 0, more;

	*cheaper = self->options->set_aside &&
		   namemap_find(self->options->set_aside, name, NULL);
	if (self->options->set_aside)
		return 0;
	for (size_t i = 0; i < it->nchildren; i++) {
		size_t child = it->children[i];

		if (!stays(&self->old[child]))
			continue;
		*cheaper = true;
		if (!self->options->live)
			return 0;
		if (liverows_count(&more, self, self->from->items[child].name,
				   err) < 0)
			return err->code;
		others += more;
	}
	if (!*cheaper)
		return 0;
	if (liverows_count(&rows, self, name, err) < 0)
		return err->code;
	*cheaper = (old->ndetached > 0 ? 2 * rows : rows) <= others;
	return 0;
}

static int choose(struct planner *self, size_t place, struct err *err)
{
	struct planned *old = &self->old[place];
	const struct tabledef *a, *b;
	struct referred it = { .place = place };
	bool allowed, orderly;

	old->is_set_aside = false;
	it.children = family_children(&self->family, place, &it.nchildren);
	if (it.nchildren == 0 || self->renames_away)
		return 0;
	if (planner_defs(self, place, &a, &b, err) < 0 ||
	    find_keys(&allowed, &it, self, a, err) < 0 ||
	    find_order(&orderly, self, &it, err) < 0)
		return err->code;
	allowed &= orderly;
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
	self->queue[self->count++] = place;
}

/* What was chosen for the parents of a table that has to be copied, too. */
static int rechoose_parents(struct choice *self, size_t child, struct err *err)
{
	struct planner *planner = self->planner;
	size_t count;
	const size_t *parents = family_parents(&planner->family, child, &count);

	for (size_t i = 0; i < count; i++) {
		if (!planner->old[parents[i]].is_set_aside)
			continue;
		if (choose(planner, parents[i], err) < 0)
			return err->code;
		if (!planner->old[parents[i]].is_set_aside)
			enqueue(self, parents[i]);
	}
	return 0;
}

static int copy_child(struct choice *self, size_t place, struct err *err)
{
	struct planned *old = &self->planner->old[place];

	if (!stays(old))
		return 0;
	old->action = old->action == TABLE_ALTER ? TABLE_REBUILD : TABLE_COPY;
	if (rechoose_parents(self, place, err) < 0 ||
	    choose(self->planner, place, err) < 0)
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
				     "what refers to '%s' finds the new one "
				     "at the end",
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

int setaside_write(struct planner *planner, const size_t *order, size_t count,
		   struct err *err)
{
	if (childsearch_make_indexes(planner, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (planner->old[order[i]].is_set_aside &&
		    set_aside(planner, order[i], err) < 0)
			return err->code;
	return 0;
}
