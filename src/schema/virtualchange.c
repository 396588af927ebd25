#include "config.h"

#include "schema/planner.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "schema/virtualdef.h"

enum { MAX_SQL = 64 << 20 };

/* A table that changes, and where its rows wait meanwhile. */
struct change {
	struct planner *planner;
	const struct blueprint_object *a, *b;
	struct virtualdef before, after;
	const char *scratch; /* NULL: no rows can be kept */
};

static bool has(const struct virtualdef *def, const char *column)
{
	for (size_t i = 0; i < def->ncolumns; i++)
		if (strcasecmp(def->columns[i], column) == 0)
			return true;
	return false;
}

/* The rowid, by the name it has there if it has one, and common columns. */
static void add_columns(const struct change *self, struct buf *sql,
			const char *rowid)
{
	bool first = rowid == NULL;

	if (rowid)
		buf_add_string(sql, rowid);
	for (size_t i = 0; i < self->after.ncolumns; i++) {
		if (!has(&self->before, self->after.columns[i]))
			continue;
		if (!first)
			buf_add_char(sql, ',');
		sql_add_name(sql, self->after.columns[i]);
		first = false;
	}
}

static int run(const struct change *self, struct buf *sql, const char *lost,
	       struct err *err)
{
	const struct schemaplan_step step = {
		.note = arena_format(self->planner->arena,
				     "virtual table '%s' is made anew",
				     self->a->name),
		.object = self->a->name,
		.lost = lost,
		.subject = (size_t)(self->a - self->planner->from->items),
	};

	return planner_add(self->planner, sql, &step, err);
}

static int park(const struct change *self, struct err *err)
{
	struct buf sql;

	if (!self->scratch)
		return 0;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "CREATE TABLE ");
	sql_add_name(&sql, self->scratch);
	buf_add_char(&sql, '(');
	add_columns(self, &sql, "git_d1_rowid");
	buf_add_char(&sql, ')');
	if (run(self, &sql, NULL, err) < 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "INSERT INTO ");
	sql_add_name(&sql, self->scratch);
	buf_add_string(&sql, " SELECT ");
	add_columns(self, &sql, "rowid");
	buf_add_string(&sql, " FROM ");
	sql_add_name(&sql, self->a->name);
	return run(self, &sql, NULL, err);
}

static int unpark(const struct change *self, struct err *err)
{
	struct buf sql;

	if (!self->scratch)
		return 0;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "INSERT INTO ");
	sql_add_name(&sql, self->b->name);
	buf_add_char(&sql, '(');
	/* an R-Tree has its first column for a rowid */
	add_columns(self, &sql, self->after.is_rtree ? NULL : "rowid");
	buf_add_string(&sql, ") SELECT ");
	add_columns(self, &sql, self->after.is_rtree ? NULL : "git_d1_rowid");
	buf_add_string(&sql, " FROM ");
	sql_add_name(&sql, self->scratch);
	if (run(self, &sql, NULL, err) < 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TABLE ");
	sql_add_name(&sql, self->scratch);
	return run(self, &sql, NULL, err);
}

static int remake(const struct change *self, struct err *err)
{
	const char *lost = NULL;
	struct buf sql;

	if (!self->scratch && !self->after.content)
		lost = arena_format(self->planner->arena, "all rows of '%s'",
				    self->a->name);
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TABLE ");
	sql_add_name(&sql, self->a->name);
	if (run(self, &sql, lost, err) < 0)
		return err->code;
	return planner_add_create(self->planner, self->b, err);
}

/* True if rows can be read from what is there, and put into what comes. */
static bool keeps_rows(const struct change *self)
{
	if (self->before.content || self->after.content)
		return false;
	return (self->before.is_fts5 && self->after.is_fts5) ||
	       (self->before.is_rtree && self->after.is_rtree);
}

int virtualchange_write(struct planner *planner, size_t place, struct err *err)
{
	struct change self = {
		.planner = planner,
		.a = &planner->from->items[place],
		.b = &planner->to->items[planner->old[place].match],
	};

	if (virtualdef_read(&self.before, planner->arena, self.a, err) < 0 ||
	    virtualdef_read(&self.after, planner->arena, self.b, err) < 0)
		return err->code;
	if (keeps_rows(&self)) {
		self.scratch = planner_scratch_name(planner, self.a->name, err);
		if (!self.scratch)
			return err->code;
	}
	if (park(&self, err) < 0 || remake(&self, err) < 0)
		return err->code;
	return unpark(&self, err);
}

/* True if the column holds after the copy what it held before. */
static bool is_kept(const struct tabledef *a, const struct tabledef *b,
		    const char *column)
{
	size_t from = tabledef_column(a, column);
	size_t to = tabledef_column(b, column);

	return from < a->ncolumns && to < b->ncolumns &&
	       a->strict == b->strict &&
	       strcmp(a->columns[from].type, b->columns[to].type) == 0 &&
	       a->columns[from].not_null >= b->columns[to].not_null &&
	       !a->columns[from].generated && !b->columns[to].generated;
}

/* True if the rows that an index was made of are there with their rowids. */
static bool keeps_content(const struct tabledef *a, const struct tabledef *b,
			  const struct virtualdef *def)
{
	const char *alias =
		a->alias == SIZE_MAX ? NULL : a->columns[a->alias].name;

	if (a->without_rowid || b->without_rowid ||
	    (a->alias == SIZE_MAX) != (b->alias == SIZE_MAX) ||
	    (alias && strcasecmp(alias, b->columns[b->alias].name) != 0) ||
	    (def->content_rowid && !is_kept(a, b, def->content_rowid)))
		return false;
	for (size_t i = 0; i < def->ncolumns; i++)
		if (!is_kept(a, b, def->columns[i]))
			return false;
	return true;
}

/* *wanted tells if the index must be filled: it or what it shows is new. */
static int wants_refill(bool *wanted, struct planner *planner, size_t place,
			const struct virtualdef *def, struct err *err)
{
	const struct blueprint_object *table;
	size_t origin = planner->origin[place];
	const struct tabledef *a, *b;
	size_t content;

	*wanted = false;
	if (!def->is_fts5 || !def->content || !*def->content)
		return 0;
	*wanted = origin == SIZE_MAX || planner->old[origin].differs;
	table = blueprint_table(planner->to, def->content);
	if (*wanted || !table)
		return 0;
	content = planner->origin[table - planner->to->items];
	if (content == SIZE_MAX ||
	    planner->old[content].action != TABLE_REBUILD)
		return 0;
	if (planner_defs(planner, content, &a, &b, err) < 0)
		return err->code;
	*wanted = !keeps_content(a, b, def);
	return 0;
}

int virtualchange_refill(struct planner *planner, struct err *err)
{
	for (size_t i = 0; i < planner->to->count; i++) {
		const struct blueprint_object *object = &planner->to->items[i];
		struct schemaplan_step step = {
			.object = object->name,
			.subject = planner_subject(planner, i)
		};
		struct virtualdef def;
		struct buf sql;
		bool wanted;

		if (object->kind != OBJECT_VIRTUAL_TABLE)
			continue;
		if (virtualdef_read(&def, planner->arena, object, err) < 0)
			return err->code;
		if (wants_refill(&wanted, planner, i, &def, err) < 0)
			return err->code;
		if (!wanted)
			continue;
		step.note = arena_format(planner->arena,
					 "the index '%s' is made from '%s'",
					 object->name, def.content);
		buf_init(&sql, MAX_SQL);
		buf_add_string(&sql, "INSERT INTO ");
		sql_add_name(&sql, object->name);
		buf_add_char(&sql, '(');
		sql_add_name(&sql, object->name);
		buf_add_string(&sql, ") VALUES('rebuild')");
		if (planner_add(planner, &sql, &step, err) < 0)
			return err->code;
	}
	return 0;
}
