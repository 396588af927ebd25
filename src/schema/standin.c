#include "config.h"

#include "schema/standin.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "config/tablesettings.h"
#include "model/sql.h"

enum { MAX_SQL = 1 << 24 };

/* True if deleting rows of the parent changes rows of the child. */
static bool acts(const struct tabledef_constraint *key)
{
	return strcmp(key->on_delete, "cascade") == 0 ||
	       strcmp(key->on_delete, "set null") == 0 ||
	       strcmp(key->on_delete, "set default") == 0;
}

/* ---- parents that are missing ---- */

bool standin_is_possible(const struct planner *planner, const char *table)
{
	return !blueprint_find(planner->from, table, false) &&
	       !blueprint_find(planner->to, table, false) &&
	       !d1config_is_ledger(table) &&
	       strncasecmp(table, "sqlite_", 7) != 0 &&
	       strncasecmp(table, "_cf_", 4) != 0;
}

static bool has(const struct standins *self, const char *table)
{
	for (size_t i = 0; i < self->count; i++)
		if (strcasecmp(self->items[i].name, table) == 0)
			return true;
	return false;
}

static void add(struct standins *self, const char *name, const char *parent,
		size_t subject)
{
	self->items[self->count++] = (struct standin){ name, parent, subject };
}

static int find_missing(struct standins *self, struct planner *planner,
			struct err *err)
{
	for (size_t i = 0; i < planner->from->count; i++) {
		const struct tabledef *a, *b;

		if (!planner_is_remade(&planner->old[i]))
			continue;
		if (planner_defs(planner, i, &a, &b, err) < 0)
			return err->code;
		for (size_t at = 0; at < b->nconstraints; at++) {
			const struct tabledef_constraint *key =
				&b->constraints[at];

			if (key->kind != CONSTRAINT_FOREIGN_KEY ||
			    !standin_is_possible(planner, key->parent) ||
			    has(self, key->parent))
				continue;
			if (self->count == self->room)
				return err_set(err, D1_EREFUSED,
					       "too many tables are referred "
					       "to that do not exist");
			add(self, key->parent, key->parent, SUBJECT_ALL);
		}
	}
	return 0;
}

/*
 * A stand-in is dropped at the end, and a reference that acts then would look
 * for the other parents that are missing.
 */
static int refuse_two(struct planner *planner, struct standins *self,
		      struct blueprint_object *child, struct err *err)
{
	const char *acting = NULL, *other = NULL;
	const struct tabledef *def;

	if (blueprint_def(planner->to, child, &def, err) < 0)
		return err->code;
	for (size_t i = 0; i < def->nconstraints; i++)
		if (def->constraints[i].kind == CONSTRAINT_FOREIGN_KEY &&
		    acts(&def->constraints[i]) &&
		    has(self, def->constraints[i].parent))
			acting = def->constraints[i].parent;
	for (size_t i = 0; i < def->nconstraints && acting; i++)
		if (def->constraints[i].kind == CONSTRAINT_FOREIGN_KEY &&
		    strcasecmp(def->constraints[i].parent, acting) != 0 &&
		    !blueprint_table(planner->to, def->constraints[i].parent))
			other = def->constraints[i].parent;
	if (!other)
		return 0;
	err_set(err, D1_EREFUSED,
		"table '%s' refers to '%s' and to '%s', which do not exist: "
		"tables with such references cannot be made anew",
		child->name, acting, other);
	return err_hint(err, "make these tables, or drop the references");
}

/* ---- making them ---- */

/* What a stand-in is made of: each key that is referred to, once. */
struct shape {
	struct buf columns, keys;
	size_t implicit; /* columns of a primary key that nobody names */
	struct namemap names;
};

static int add_unique(struct shape *self, const struct tabledef_constraint *key,
		      struct err *err)
{
	struct buf text;

	buf_init(&text, MAX_SQL);
	for (size_t i = 0; i < key->nparent_columns; i++) {
		buf_add_string(&text, i ? ", " : "UNIQUE(");
		sql_add_name(&text, key->parent_columns[i]);
	}
	buf_add_char(&text, ')');
	if (buf_check(&text, "a statement", err) == 0 &&
	    (!self->keys.data || !strstr(self->keys.data, text.data))) {
		buf_add_string(&self->keys, self->keys.len ? ", " : "");
		buf_add(&self->keys, text.data, text.len);
	}
	buf_release(&text);
	return err->code;
}

static int add_key(struct shape *self, const struct tabledef_constraint *key,
		   struct err *err)
{
	if (key->nparent_columns == 0) {
		if (key->ncolumns > self->implicit)
			self->implicit = key->ncolumns;
		return 0;
	}
	for (size_t i = 0; i < key->nparent_columns; i++) {
		const char *name = key->parent_columns[i];

		if (namemap_find(&self->names, name, NULL))
			continue;
		if (namemap_add(&self->names, name, i, err) < 0)
			return err->code;
		sql_add_name(&self->columns, name);
		buf_add_string(&self->columns, ", ");
	}
	return add_unique(self, key, err);
}

static int add_keys(struct shape *self, struct blueprint *blueprint,
		    const char *parent, struct err *err)
{
	for (size_t i = 0; i < blueprint->count; i++) {
		const struct tabledef *def;

		if (blueprint->items[i].kind != OBJECT_TABLE)
			continue;
		if (blueprint_def(blueprint, &blueprint->items[i], &def, err) <
		    0)
			return err->code;
		for (size_t at = 0; at < def->nconstraints; at++)
			if (tabledef_refers_to(&def->constraints[at], parent) &&
			    add_key(self, &def->constraints[at], err) < 0)
				return err->code;
	}
	return 0;
}

static void add_table(struct buf *sql, const char *name, struct shape *shape)
{
	buf_add_string(sql, "CREATE TABLE ");
	sql_add_name(sql, name);
	buf_add_char(sql, '(');
	buf_add(sql, shape->columns.data, shape->columns.len);
	for (size_t i = 0; i < shape->implicit; i++)
		buf_add_format(sql, "git_d1_key_%zu, ", i);
	buf_add(sql, shape->keys.data, shape->keys.len);
	for (size_t i = 0; i < shape->implicit; i++)
		buf_add_format(sql, "%sgit_d1_key_%zu%s",
			       i		     ? ", "
			       : shape->keys.len > 0 ? ", PRIMARY KEY("
						     : "PRIMARY KEY(",
			       i, i + 1 == shape->implicit ? ")" : "");
	buf_add_char(sql, ')');
}

static int make(struct planner *planner, const struct standin *standin,
		const char *note, struct err *err)
{
	const struct schemaplan_step step = { .note = note,
					      .object = standin->name,
					      .subject = standin->subject };
	struct shape shape = { .implicit = 0 };
	struct buf sql;

	buf_init(&shape.columns, MAX_SQL);
	buf_init(&shape.keys, MAX_SQL);
	buf_init(&sql, MAX_SQL);
	if (add_keys(&shape, planner->from, standin->parent, err) == 0 &&
	    add_keys(&shape, planner->to, standin->parent, err) == 0 &&
	    buf_check(&shape.columns, "a statement", err) == 0 &&
	    buf_check(&shape.keys, "a statement", err) == 0) {
		add_table(&sql, standin->name, &shape);
		(void)!planner_add(planner, &sql, &step, err);
	}
	buf_release(&shape.columns);
	buf_release(&shape.keys);
	buf_release(&sql);
	namemap_release(&shape.names);
	return err->code;
}

int standins_init(struct standins *self, struct planner *planner,
		  struct err *err)
{
	*self = (struct standins){ .room = 2 * planner->from->count + 64 };
	self->items =
		arena_array(planner->arena, self->room, sizeof(*self->items));
	if (!self->items)
		return err_set_nomem(err);
	return find_missing(self, planner, err);
}

static int remark_child(struct planner *planner, struct standins *self,
			size_t place, struct err *err)
{
	const char *name = planner->from->items[place].name;
	const struct tabledef *a, *b;

	if (planner_defs(planner, place, &a, &b, err) < 0)
		return err->code;
	for (size_t i = 0; i < b->nconstraints; i++)
		if (b->constraints[i].kind == CONSTRAINT_FOREIGN_KEY &&
		    has(self, b->constraints[i].parent))
			return schemaplan_remark(
				planner->plan,
				arena_format(planner->arena,
					     "'%s' refers to '%s', which does "
					     "not exist: as long as it does "
					     "not, D1 puts no row into '%s'",
					     name, b->constraints[i].parent,
					     name),
				err);
	return 0;
}

int standins_make_missing(struct standins *self, struct planner *planner,
			  struct err *err)
{
	for (size_t i = 0; i < planner->to->count && self->count > 0; i++)
		if (planner->to->items[i].kind == OBJECT_TABLE &&
		    refuse_two(planner, self, &planner->to->items[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < planner->from->count && self->count > 0; i++)
		if (planner_is_remade(&planner->old[i]) &&
		    remark_child(planner, self, i, err) < 0)
			return err->code;
	for (size_t i = 0; i < self->count; i++)
		if (make(planner, &self->items[i],
			 arena_format(planner->arena,
				      "'%s' is referred to and does not "
				      "exist: rows are copied with a table "
				      "in its place",
				      self->items[i].name),
			 err) < 0)
			return err->code;
	return 0;
}

/* ---- circles ---- */

/* The tables that are dropped, and who is left of them. */
struct circle {
	struct planner *planner;
	const size_t *order; /* the last one is dropped first */
	size_t at;	     /* the one that is dropped now */
	size_t *rank;	     /* by place: its place in `order`, or SIZE_MAX */
	bool *seen;	     /* by place */
	size_t *queue;
	struct arena arena; /* for these, once for each table */
};

static int init_circle(struct circle *self, struct err *err)
{
	size_t count = self->planner->from->count + 1;

	self->rank = arena_array(&self->arena, count, sizeof(size_t));
	self->queue = arena_array(&self->arena, count, sizeof(size_t));
	self->seen = arena_array(&self->arena, count, sizeof(bool));
	if (!self->rank || !self->queue || !self->seen)
		return err_set_nomem(err);
	for (size_t i = 0; i < count; i++)
		self->rank[i] = SIZE_MAX;
	for (size_t i = 0; i <= self->at; i++)
		self->rank[self->order[i]] = i;
	return 0;
}

static const char *name_of(const struct circle *self, size_t place)
{
	return self->planner->from->items[place].name;
}

static bool shares_column(const struct tabledef_constraint *a,
			  const struct tabledef_constraint *b)
{
	for (size_t i = 0; i < a->ncolumns; i++)
		if (tabledef_has_column(b, a->columns[i]))
			return true;
	return false;
}

/*
 * Whether dropping `parent` writes to the child, and if that looks for `gone`:
 * deleting a row looks for all its parents, setting a column for its own.
 */
static int look_at_child(const struct circle *self, size_t child,
			 const char *parent, const char *gone, bool *writes,
			 bool *looks, struct err *err)
{
	struct blueprint *from = self->planner->from;
	const struct tabledef *def;

	*writes = *looks = false;
	if (blueprint_def(from, &from->items[child], &def, err) < 0)
		return err->code;
	for (size_t i = 0; i < def->nconstraints; i++) {
		const struct tabledef_constraint *key = &def->constraints[i];

		if (!tabledef_refers_to(key, parent) || !acts(key))
			continue;
		*writes = true;
		for (size_t at = 0; at < def->nconstraints; at++)
			if (tabledef_refers_to(&def->constraints[at], gone) &&
			    (strcmp(key->on_delete, "cascade") == 0 ||
			     shares_column(key, &def->constraints[at])))
				*looks = true;
	}
	return 0;
}

/* True if it is one of the children. */
static bool is_child(const struct circle *self, size_t table, size_t parent)
{
	size_t count;
	const size_t *children =
		family_children(&self->planner->family, parent, &count);

	for (size_t i = 0; i < count; i++)
		if (children[i] == table)
			return true;
	return false;
}

/* Adds children of the table that are left when the one at `last` is dropped.
 */
static void spread(struct circle *self, size_t table, size_t last,
		   size_t *count)
{
	size_t nchildren;
	const size_t *children =
		family_children(&self->planner->family, table, &nchildren);

	for (size_t i = 0; i < nchildren; i++) {
		size_t child = children[i];

		if (self->rank[child] > last || self->seen[child])
			continue;
		self->seen[child] = true;
		self->queue[(*count)++] = child;
	}
}

/* Whether dropping the one at `last` looks for what is dropped before it. */
static int looks_back(bool *looks, struct circle *self, size_t last,
		      struct err *err)
{
	size_t parent = self->order[last], gone = self->order[self->at];
	size_t nchildren, count = 0;
	const size_t *children =
		family_children(&self->planner->family, parent, &nchildren);

	memset(self->seen, 0, self->planner->from->count * sizeof(bool));
	for (size_t i = 0; i < nchildren && !*looks; i++) {
		bool writes;

		if (self->rank[children[i]] > last)
			continue;
		if (look_at_child(self, children[i], name_of(self, parent),
				  name_of(self, gone), &writes, looks, err) < 0)
			return err->code;
		/* what is written there may be written further on */
		if (writes)
			spread(self, children[i], last, &count);
	}
	for (size_t i = 0; i < count && !*looks; i++) {
		*looks = is_child(self, self->queue[i], gone);
		spread(self, self->queue[i], last, &count);
	}
	return 0;
}

/* Whether the drop of another one looks for this one when it is gone. */
static int is_needed(bool *needed, struct circle *self, struct err *err)
{
	size_t count;
	const size_t *children = family_children(&self->planner->family,
						 self->order[self->at], &count);
	bool left = false;

	*needed = false;
	for (size_t i = 0; i < count; i++)
		left |= self->rank[children[i]] < self->at;
	for (size_t i = 0; i < self->at && left && !*needed; i++)
		if (looks_back(needed, self, i, err) < 0)
			return err->code;
	return 0;
}

int standins_replace(struct standins *self, struct planner *planner,
		     const size_t *order, size_t at, struct err *err)
{
	struct circle circle = { .planner = planner, .order = order, .at = at };
	size_t place = order[at];
	const char *name = planner->from->items[place].name;
	const char *dropped = planner->old[place].scratch;
	bool needed = false;

	if (init_circle(&circle, err) == 0)
		(void)!is_needed(&needed, &circle, err);
	arena_release(&circle.arena);
	if (err->code || !needed)
		return err->code;
	add(self, dropped ? dropped : name, name, place);
	return make(planner, &self->items[self->count - 1],
		    arena_format(planner->arena,
				 "in a circle of references, the next drops "
				 "look for the old '%s'",
				 schemaplan_old_name(planner->plan, NULL,
						     name)),
		    err);
}

/* ---- dropping them ---- */

int standins_drop(const struct standins *self, struct planner *planner,
		  struct err *err)
{
	for (size_t i = self->count; i > 0; i--) {
		const struct standin *standin = &self->items[i - 1];
		const struct schemaplan_step step = {
			.note = "nothing looks for it any more",
			.object = standin->name,
			.subject = standin->subject,
		};
		struct buf sql;

		buf_init(&sql, MAX_SQL);
		buf_add_string(&sql, "DROP TABLE ");
		sql_add_name(&sql, standin->name);
		if (planner_add(planner, &sql, &step, err) < 0)
			return err->code;
	}
	return 0;
}
