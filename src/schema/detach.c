#include "config.h"

#include "schema/detach.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "model/sqltoken.h"

/*
 * An id is joined with this by an exclusive or, which loses nothing. Ids of up
 * to 62 bits become larger than all of them ("Git_d1" in ASCII, and zeros).
 */
#define NO_ID "0x4769745f64310000"

enum { MAX_SQL = 64 << 20, MAX_NAME = 1 << 20 };

struct choice {
	const struct tabledef *def;
	const struct tabledef_constraint *const *keys;
	size_t count;
	size_t *columns;
	size_t ncolumns;
};

/* ---- whether a column can be changed ---- */

/* How the values of a column become others that differ just as they did. */
enum manner {
	MANNER_NONE,
	MANNER_ID,   /* integers, by an exclusive or */
	MANNER_TEXT, /* all others, by what is put before them */
};

/* (Reals are not all told apart when they are written as text.) */
static enum manner manner_of(const struct tabledef *def, size_t column)
{
	switch (tabledef_affinity(def, &def->columns[column])) {
	case AFFINITY_INTEGER:
		return def->strict || def->alias == column ? MANNER_ID
							   : MANNER_TEXT;
	case AFFINITY_TEXT:
	case AFFINITY_NUMERIC: /* UUID, say */
		return MANNER_TEXT;
	case AFFINITY_BLOB:
		return def->strict && *def->columns[column].type == 'b'
			       ? MANNER_NONE
			       : MANNER_TEXT;
	default:
		return MANNER_NONE;
	}
}

/* True if an expression may read the column; its rowid has other names. */
static bool mentions(const char *text, size_t size, const char *column,
		     bool is_rowid)
{
	struct sqltokens tokens = { text, size };
	struct sqltoken token;
	struct buf name;
	bool found = false;

	buf_init(&name, MAX_NAME);
	while (!found && !name.failed && sqltoken_next(&token, &tokens)) {
		buf_clear(&name);
		sqltoken_add_name(&name, &token);
		found = name.data &&
			(strcasecmp(name.data, column) == 0 ||
			 (is_rowid && (strcasecmp(name.data, "rowid") == 0 ||
				       strcasecmp(name.data, "oid") == 0 ||
				       strcasecmp(name.data, "_rowid_") == 0)));
	}
	found |= name.failed;
	buf_release(&name);
	return found;
}

/* True if the table has a rule that another value might break. */
static bool has_rule(const struct tabledef *def, size_t place)
{
	const char *name = def->columns[place].name;
	bool is_rowid = def->alias == place;

	for (size_t i = 0; i < def->nconstraints; i++) {
		const struct tabledef_constraint *rule = &def->constraints[i];

		if (rule->kind == CONSTRAINT_FOREIGN_KEY &&
		    tabledef_has_column(rule, name))
			return true;
		if (rule->kind == CONSTRAINT_CHECK &&
		    mentions(rule->text, rule->size, name, is_rowid))
			return true;
	}
	for (size_t i = 0; i < def->ncolumns; i++) {
		const char *text = def->columns[i].generated_text;

		if (text && mentions(text, strlen(text), name, is_rowid))
			return true;
	}
	return false;
}

static bool refers_to(const struct choice *self,
		      const struct tabledef_constraint *key, size_t column)
{
	size_t count;
	const char *const *columns = tabledef_referred(key, self->def, &count);

	for (size_t i = 0; i < count; i++)
		if (tabledef_column(self->def, columns[i]) == column)
			return true;
	return false;
}

static bool can_change(const struct choice *self, size_t column)
{
	if (manner_of(self->def, column) == MANNER_NONE ||
	    has_rule(self->def, column))
		return false;
	for (size_t i = 0; i < self->count; i++)
		if (*self->keys[i]->on_update &&
		    refers_to(self, self->keys[i], column))
			return false;
	return true;
}

/* ---- choosing ---- */

static bool is_chosen(const struct choice *self,
		      const struct tabledef_constraint *key)
{
	for (size_t i = 0; i < self->ncolumns; i++)
		if (refers_to(self, key, self->columns[i]))
			return true;
	return false;
}

/* A key is another one when one of its columns is. */
static bool choose_column(struct choice *self,
			  const struct tabledef_constraint *key)
{
	size_t count;
	const char *const *columns = tabledef_referred(key, self->def, &count);

	for (size_t i = 0; i < count; i++) {
		size_t column = tabledef_column(self->def, columns[i]);

		if (column < self->def->ncolumns && can_change(self, column)) {
			self->columns[self->ncolumns++] = column;
			return true;
		}
	}
	return false;
}

static int choose_columns(bool *possible, struct choice *self, struct err *err)
{
	*possible = false;
	if (!self->columns)
		return err_set_nomem(err);
	for (size_t i = 0; i < self->count; i++)
		if (*self->keys[i]->on_delete &&
		    !is_chosen(self, self->keys[i]) &&
		    !choose_column(self, self->keys[i]))
			return 0;
	*possible = true;
	return 0;
}

/* ---- what the actions are made of ---- */

/* Tables whose rows an action may delete or change, each once. */
struct reach {
	struct planner *planner;
	size_t *queue;
	size_t count;
	bool *found;
};

/* True if the key is there, whatever becomes of indexes. */
static int finds_parent(bool *finds, struct planner *planner,
			const struct tabledef_constraint *key, struct err *err)
{
	struct blueprint_object *parent =
		blueprint_table(planner->from, key->parent);
	const struct tabledef *def;
	const char *const *columns;
	size_t count;

	*finds = false;
	if (!parent)
		return 0;
	if (blueprint_def(planner->from, parent, &def, err) < 0)
		return err->code;
	columns = tabledef_referred(key, def, &count);
	*finds = count > 0 && tabledef_has_key(def, columns, count);
	return 0;
}

static int finds_parents(bool *finds, struct planner *planner,
			 const struct tabledef *def, struct err *err)
{
	*finds = true;
	for (size_t i = 0; i < def->nconstraints && *finds; i++)
		if (def->constraints[i].kind == CONSTRAINT_FOREIGN_KEY &&
		    finds_parent(finds, planner, &def->constraints[i], err) < 0)
			return err->code;
	return 0;
}

static bool acts(const struct tabledef *child, const char *parent)
{
	for (size_t i = 0; i < child->nconstraints; i++) {
		const struct tabledef_constraint *key = &child->constraints[i];

		if (tabledef_refers_to(key, parent) &&
		    (*key->on_delete || *key->on_update))
			return true;
	}
	return false;
}

/* Adds the children that an action upon rows of the table acts upon. */
static int spread(bool *sound, struct reach *self, size_t table,
		  struct err *err)
{
	struct blueprint *from = self->planner->from;
	size_t count;
	const size_t *children =
		family_children(&self->planner->family, table, &count);

	for (size_t i = 0; i < count && *sound; i++) {
		size_t child = children[i];
		const struct tabledef *def;

		if (self->found[child])
			continue;
		if (blueprint_def(from, &from->items[child], &def, err) < 0)
			return err->code;
		if (!acts(def, from->items[table].name))
			continue;
		self->found[child] = true;
		self->queue[self->count++] = child;
		if (finds_parents(sound, self->planner, def, err) < 0)
			return err->code;
	}
	return 0;
}

/*
 * SQLite reads beforehand what the actions would do, and what these would in
 * turn, also if there is no row to do it to: *sound is true if it can.
 */
static int check_actions(bool *sound, struct planner *planner, size_t place,
			 struct err *err)
{
	size_t room = planner->from->count + 1;
	struct reach self = {
		.planner = planner,
		.queue = calloc(room, sizeof(*self.queue)),
		.found = calloc(room, sizeof(*self.found)),
	};

	*sound = true;
	if (!self.queue || !self.found)
		err_set_nomem(err);
	else
		self.queue[self.count++] = place;
	for (size_t at = 0; at < self.count && *sound && !err->code; at++)
		(void)!spread(sound, &self, self.queue[at], err);
	free(self.queue);
	free(self.found);
	return err->code;
}

int detach_choose(bool *possible, struct planner *planner, size_t place,
		  const struct tabledef_constraint *const *keys, size_t count,
		  struct err *err)
{
	struct choice self = { .keys = keys, .count = count };

	if (blueprint_def(planner->from, &planner->from->items[place],
			  &self.def, err) < 0)
		return err->code;
	self.columns = arena_array(planner->arena, self.def->ncolumns + 1,
				   sizeof(*self.columns));
	if (choose_columns(possible, &self, err) < 0)
		return err->code;
	if (*possible && self.ncolumns > 0 &&
	    check_actions(possible, planner, place, err) < 0)
		return err->code;
	planner->old[place].detached = self.columns;
	planner->old[place].ndetached = self.ncolumns;
	return 0;
}

/* ---- writing ---- */

static void add_change(struct buf *sql, const struct tabledef *def,
		       size_t column, const char *scratch)
{
	const char *name = def->columns[column].name;

	sql_add_name(sql, name);
	if (manner_of(def, column) == MANNER_ID) {
		buf_add_string(sql, " = (");
		sql_add_name(sql, name);
		buf_add_string(sql, " | " NO_ID ") - (");
		sql_add_name(sql, name);
		buf_add_string(sql, " & " NO_ID ")");
	} else {
		buf_add_format(sql, " = '%s ' || typeof(", scratch);
		sql_add_name(sql, name);
		buf_add_string(sql, ") || ");
		sql_add_name(sql, name);
	}
}

int detach_write(struct planner *planner, size_t place, struct err *err)
{
	const struct planned *old = &planner->old[place];
	const char *table = planner->from->items[place].name;
	const struct schemaplan_step step = {
		.note = arena_format(planner->arena,
				     "nothing refers to a row of '%s' "
				     "meanwhile, so that none is deleted or "
				     "changed with it",
				     table),
		.object = table,
		.subject = place,
	};
	const struct tabledef *def;
	struct buf sql;

	if (old->ndetached == 0)
		return 0;
	if (blueprint_def(planner->from, &planner->from->items[place], &def,
			  err) < 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql,
		       def->has_conflict ? "UPDATE OR ABORT " : "UPDATE ");
	sql_add_name(&sql, table);
	buf_add_string(&sql, " SET ");
	for (size_t i = 0; i < old->ndetached; i++) {
		if (i > 0)
			buf_add_string(&sql, ", ");
		add_change(&sql, def, old->detached[i], old->scratch);
	}
	return planner_add(planner, &sql, &step, err);
}
