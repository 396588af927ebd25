#include "config.h"

#include "schema/planner.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "model/affinity.h"
#include "model/literal.h"
#include "model/sql.h"
#include "schema/liverows.h"

enum { MAX_SQL = 64 << 20, MANY_ROWS = 200000 };

static const char *name_of(const struct planner *self, size_t place)
{
	return self->to->items[self->old[place].match].name;
}

/* "12 rows" if there is a database to count them in, else "rows". */
static const char *count_rows(struct planner *self, const char *table,
			      struct err *err)
{
	const char *text = "rows";
	uint64_t count;

	if (!self->options->live)
		return text;
	if (liverows_count(&count, self, table, err) < 0)
		return NULL;
	text = arena_format(self->arena, "%" PRIu64 " row%s", count,
			    count == 1 ? "" : "s");
	if (!text)
		err_set_nomem(err);
	return text;
}

/* Says which children would lose rows if the old table were just dropped. */
static int remark_children(struct planner *self, size_t place, struct err *err)
{
	const char *name = self->from->items[place].name;
	const struct tabledef *def;

	if (blueprint_def(self->from, &self->from->items[place], &def, err) < 0)
		return err->code;
	for (size_t i = 0; i < def->nconstraints; i++) {
		const struct tabledef_constraint *key = &def->constraints[i];
		const struct blueprint_object *parent;
		const char *rows;

		if (key->kind != CONSTRAINT_FOREIGN_KEY ||
		    strcmp(key->on_delete, "cascade") != 0)
			continue;
		parent = blueprint_table(self->from, key->parent);
		if (!parent ||
		    !planner_is_remade(&self->old[parent - self->from->items]))
			continue;
		rows = count_rows(self, name, err);
		if (!rows ||
		    schemaplan_remark(
			    self->plan,
			    arena_format(self->arena,
					 "'%s' refers to '%s' with ON DELETE "
					 "CASCADE: its %s %s copied, so that "
					 "none is deleted",
					 name, key->parent, rows,
					 strcmp(rows, "1 row") == 0 ? "is"
								    : "are"),
			    err) < 0)
			return err->code;
	}
	return 0;
}

/* D1 gives a call 30 seconds. */
static int remark_size(struct planner *self, const char *table, struct err *err)
{
	uint64_t count;

	if (!self->options->live)
		return 0;
	if (liverows_count(&count, self, table, err) < 0)
		return err->code;
	if (count < MANY_ROWS)
		return 0;
	return schemaplan_remark(
		self->plan,
		arena_format(self->arena,
			     "the %" PRIu64 " rows of '%s' are copied, and D1 "
			     "takes no longer than 30 seconds for all of it",
			     count, table),
		err);
}

static const char *why_renamed(struct planner *self, const char *name,
			       const struct planned *old)
{
	if (old->action == TABLE_DROP)
		return arena_format(self->arena,
				    "table '%s' gives its name to an index",
				    name);
	if (old->why)
		return arena_format(self->arena, "table '%s' is rebuilt: %s",
				    name, old->why);
	return arena_format(self->arena,
			    "table '%s' is copied, so that it keeps its rows "
			    "when the one it refers to is rebuilt",
			    name);
}

int rebuild_remark(struct planner *self, size_t place, struct err *err)
{
	if (remark_children(self, place, err) < 0)
		return err->code;
	return remark_size(self, self->from->items[place].name, err);
}

int rebuild_rename_away(struct planner *self, size_t place, struct err *err)
{
	const char *name = self->from->items[place].name;
	const struct planned *old = &self->old[place];
	const struct schemaplan_step step = {
		.note = why_renamed(self, name, old),
		.object = name,
		.subject = place,
		.effect = STEP_PARKS,
	};
	struct buf sql;

	if (!step.note)
		return err_set_nomem(err);
	if (planner_is_remade(old) && rebuild_remark(self, place, err) < 0)
		return err->code;
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "ALTER TABLE ");
	sql_add_name(&sql, name);
	buf_add_string(&sql, " RENAME TO ");
	sql_add_name(&sql, old->scratch);
	return planner_add(self, &sql, &step, err);
}

/* ---- rows ---- */

/* The two lists of an INSERT ... SELECT, as they grow. */
struct lists {
	struct buf into, from;
};

static void add_comma(struct lists *lists)
{
	if (lists->into.len > 0) {
		buf_add_char(&lists->into, ',');
		buf_add_char(&lists->from, ',');
	}
}

/*
 * What a column is filled with; where NULL is no longer allowed, its default.
 * An INTEGER PRIMARY KEY would take NULL for a wish for any number: a text is
 * an error there.
 */
static void add_value(struct lists *lists, const struct tabledef_column *a,
		      const struct tabledef_column *b, bool becomes_alias)
{
	bool fill = b->not_null && !a->not_null && b->default_text &&
		    b->default_kind != DEFAULT_NULL;

	add_comma(lists);
	sql_add_name(&lists->into, b->name);
	if (fill || becomes_alias)
		buf_add_string(&lists->from, "coalesce(");
	sql_add_name(&lists->from, a->name);
	if (becomes_alias)
		buf_add_string(&lists->from, ",'NULL is no key')");
	else if (fill)
		buf_add_format(&lists->from, ",%s)", b->default_text);
}

/*
 * The rowid is kept: rows of other tables may hold it. Where it had no name of
 * its own, a new INTEGER PRIMARY KEY shows it.
 */
static void add_rowid(struct lists *lists, const struct tabledef *a,
		      const struct tabledef *b)
{
	const char *from = tabledef_rowid_name(a);
	const char *into = tabledef_rowid_name(b);

	if (!from || b->without_rowid)
		return;
	if (b->alias != SIZE_MAX) {
		if (tabledef_column(a, b->columns[b->alias].name) !=
		    a->ncolumns)
			return;
		add_comma(lists);
		sql_add_name(&lists->into, b->columns[b->alias].name);
		buf_add_string(&lists->from, from);
	} else if (into) {
		add_comma(lists);
		buf_add_string(&lists->into, into);
		buf_add_string(&lists->from, from);
	}
}

static void make_lists(struct lists *lists, const struct tabledef *a,
		       const struct tabledef *b)
{
	add_rowid(lists, a, b);
	for (size_t i = 0; i < b->ncolumns; i++) {
		size_t place = tabledef_column(a, b->columns[i].name);

		if (place < a->ncolumns && !b->columns[i].generated)
			add_value(lists, &a->columns[place], &b->columns[i],
				  b->alias == i && a->alias != place);
	}
}

/* Appends to a list with commas; NULL is an empty one. */
static const char *append(struct planner *self, const char *list,
			  const char *item)
{
	return list ? arena_format(self->arena, "%s,%s", list, item) : item;
}

/* Which values of a column, %, become others by its new type; NULL: none. */
static const char *find_changed(enum affinity from, enum affinity to)
{
	if (!affinity_is_numeric(from) && affinity_is_numeric(to))
		return "typeof(%)='text' AND CAST(% AS NUMERIC)=% AND "
		       "CAST(CAST(% AS NUMERIC) AS TEXT)<>% COLLATE BINARY";
	if (affinity_is_numeric(from) && to == AFFINITY_TEXT)
		return "typeof(%)='real' AND CAST(CAST(% AS TEXT) AS REAL)<>%";
	if (from != AFFINITY_REAL && to == AFFINITY_REAL)
		return "typeof(%)='integer' AND "
		       "CAST(CAST(% AS REAL) AS INTEGER)<>%";
	return NULL;
}

static int remark_changed(struct planner *self, const char *table,
			  const struct tabledef_column *from,
			  const struct tabledef_column *to,
			  const struct liverows *rows, struct err *err)
{
	return schemaplan_remark(
		self->plan,
		arena_format(self->arena,
			     "%" PRIu64 " value%s of '%s' in table '%s' cannot "
			     "stay as written with the type %s: %s",
			     rows->count, rows->count == 1 ? "" : "s",
			     from->name, table, to->type, rows->first),
		err);
}

/* *changed is true if a value that is there becomes another by the new type. */
static int look_at_values(bool *changed, struct planner *self, size_t place,
			  const struct tabledef *a,
			  const struct tabledef_column *from,
			  const struct tabledef *b,
			  const struct tabledef_column *to, struct err *err)
{
	const char *table = self->from->items[place].name;
	const char *condition = find_changed(tabledef_affinity(a, from),
					     tabledef_affinity(b, to));
	struct liverows rows;
	struct buf where;

	*changed = false;
	if (!self->options->live || from->generated || to->generated ||
	    !condition)
		return 0;
	buf_init(&where, MAX_SQL);
	for (; *condition; condition++)
		if (*condition == '%')
			sql_add_name(&where, from->name);
		else
			buf_add_char(&where, *condition);
	if (buf_check(&where, "a question", err) == 0 &&
	    liverows_find(&rows, self, table, a, where.data, err) == 0)
		*changed = rows.count > 0;
	if (*changed)
		(void)!remark_changed(self, table, from, to, &rows, err);
	buf_release(&where);
	return err->code;
}

/* Says what the copy loses, and what that is called to consent. */
static int describe_copy(struct planner *self, size_t place,
			 struct schemaplan_step *step, const struct tabledef *a,
			 const struct tabledef *b, struct err *err)
{
	const char *table = step->object;
	const char *objects = NULL, *gone = NULL;

	step->note = arena_format(self->arena, "rows of '%s'", table);
	for (size_t i = 0; i < a->ncolumns; i++) {
		const struct tabledef_column *column = &a->columns[i];
		size_t match = tabledef_column(b, column->name);
		const char *object, *name;
		bool lost = match == b->ncolumns || b->columns[match].generated;

		if (!lost && look_at_values(&lost, self, place, a, column, b,
					    &b->columns[match], err) < 0)
			return err->code;
		if (column->generated || !lost)
			continue;
		name = column->name;
		if (match == b->ncolumns)
			name = schemaplan_old_name(self->plan, table, name);
		object = arena_format(self->arena, "%s.%s", table, name);
		if (!object)
			return err_set_nomem(err);
		objects = append(self, objects, object);
		gone = append(self, gone, name);
	}
	if (objects) {
		step->object = objects;
		step->lost = arena_format(self->arena,
					  "the values of '%s' in table '%s'",
					  gone, table);
	}
	return step->note && (!objects || step->lost) ? 0 : err_set_nomem(err);
}

static int copy_rows(struct planner *self, size_t place,
		     const struct tabledef *a, const struct tabledef *b,
		     struct err *err)
{
	struct schemaplan_step step = { .object = name_of(self, place),
					.subject = place };
	struct lists lists;
	struct buf sql;

	buf_init(&lists.into, MAX_SQL);
	buf_init(&lists.from, MAX_SQL);
	buf_init(&sql, MAX_SQL);
	make_lists(&lists, a, b);
	if (describe_copy(self, place, &step, a, b, err) == 0 &&
	    lists.into.len > 0) {
		/* what a table says of conflicts must not drop rows now */
		buf_add_string(&sql, b->has_conflict ? "INSERT OR ABORT INTO "
						     : "INSERT INTO ");
		sql_add_name(&sql, name_of(self, place));
		buf_add_format(&sql, "(%s) SELECT %s FROM ", lists.into.data,
			       lists.from.data);
		sql_add_name(&sql, self->old[place].scratch);
		(void)!planner_add(self, &sql, &step, err);
	}
	buf_release(&lists.into);
	buf_release(&lists.from);
	buf_release(&sql);
	return err->code;
}

/* ---- sqlite_sequence ---- */

static void add_text(struct buf *sql, const char *text)
{
	const struct value value = { .type = VALUE_TEXT,
				     .data = text,
				     .size = strlen(text) };

	literal_add(sql, &value);
}

static int add_sequence_step(struct planner *self, size_t place,
			     struct buf *sql, struct err *err)
{
	const char *name = name_of(self, place);
	const struct schemaplan_step step = {
		.note = arena_format(self->arena,
				     "the next id of '%s' stays what it was",
				     name),
		.object = name,
		.subject = place,
	};

	return planner_add(self, sql, &step, err);
}

int rebuild_rename_sequence(struct planner *self, size_t place,
			    const char *from, const char *to, struct err *err)
{
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "UPDATE sqlite_sequence SET name = ");
	add_text(&sql, to);
	buf_add_string(&sql, " WHERE name = ");
	add_text(&sql, from);
	return add_sequence_step(self, place, &sql, err);
}

/* Ids that were given once must not be given again. */
static int carry_sequence(struct planner *self, size_t place, struct err *err)
{
	const struct planned *old = &self->old[place];
	const char *name = name_of(self, place);
	struct buf sql;

	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DELETE FROM sqlite_sequence WHERE name = ");
	add_text(&sql, name);
	if (add_sequence_step(self, place, &sql, err) < 0)
		return err->code;
	/* nothing else would remove it: the copy gives no ids */
	if (old->is_set_aside)
		return rebuild_rename_sequence(self, place, old->scratch, name,
					       err);
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "INSERT INTO sqlite_sequence(name, seq) SELECT ");
	add_text(&sql, name);
	buf_add_string(&sql, ", seq FROM sqlite_sequence WHERE name = ");
	add_text(&sql, old->scratch);
	return add_sequence_step(self, place, &sql, err);
}

int rebuild_copy(struct planner *self, size_t place, struct err *err)
{
	const struct tabledef *a, *b;

	if (planner_defs(self, place, &a, &b, err) < 0 ||
	    copy_rows(self, place, a, b, err) < 0)
		return err->code;
	if (a->autoincrement && b->autoincrement)
		return carry_sequence(self, place, err);
	return 0;
}

/* Says what goes, by the name that it has in the database. */
static int describe_drop(struct planner *self, struct schemaplan_step *step,
			 struct err *err)
{
	const char *rows = count_rows(self, step->object, err);
	const char *name = schemaplan_old_name(self->plan, NULL, step->object);

	if (!rows)
		return err->code;
	step->object = name;
	step->note = arena_format(self->arena, "table '%s' is dropped", name);
	step->lost =
		strcmp(rows, "0 rows") == 0
			? arena_format(self->arena,
				       "the table '%s', which is empty", name)
			: arena_format(self->arena, "all %s of '%s'", rows,
				       name);
	return step->lost ? 0 : err_set_nomem(err);
}

int rebuild_drop_old(struct planner *self, size_t place, struct err *err)
{
	const struct planned *old = &self->old[place];
	const char *name = self->from->items[place].name;
	struct schemaplan_step step = { .object = name, .subject = place };
	struct buf sql;

	if (old->action == TABLE_DROP) {
		if (describe_drop(self, &step, err) < 0)
			return err->code;
	} else {
		step.note =
			arena_format(self->arena,
				     "the old '%s' is no longer needed", name);
	}
	buf_init(&sql, MAX_SQL);
	buf_add_string(&sql, "DROP TABLE ");
	sql_add_name(&sql, old->scratch ? old->scratch : name);
	return planner_add(self, &sql, &step, err);
}
