#include "config.h"

#include "schema/enginescript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/literal.h"
#include "model/sql.h"
#include "schema/keptrows.h"
#include "schema/madeup.h"
#include "schema/outcome.h"
#include "schema/planner.h"
#include "schema/scratchname.h"
#include "util/hex.h"

enum { MAX_TEXT = 1 << 28, MAX_SQL = 64 << 20 };

/* ---- parts ---- */

/* A comment may be the end of a statement. */
static void end_statement(struct enginescript *self)
{
	buf_add_string(&self->text, "\n;\n");
}

static void add_sql(struct enginescript *self, const char *sql)
{
	buf_add_string(&self->text, sql);
	end_statement(self);
}

static void add_text_literal(struct buf *out, const char *text)
{
	const struct value value = { .type = VALUE_TEXT,
				     .data = text,
				     .size = strlen(text) };

	literal_add(out, &value);
}

/* The name of a table that only the script has. */
static const char *own_name(struct enginescript *self, const char *name,
			    struct err *err)
{
	const char *made = prefixed_own_name(self->schemas, name);

	if (!made)
		err_set_nomem(err);
	return made;
}

static void define_all(struct enginescript *self, enum object_kind kind)
{
	const struct blueprint *from = &self->schemas->from;

	for (size_t i = 0; i < from->count; i++) {
		const struct blueprint_object *object = &from->items[i];

		if (object->kind != kind)
			continue;
		buf_add(&self->text, object->sql, object->size);
		end_statement(self);
	}
}

/* ---- rows ---- */

/* One row, if there are not so many yet. */
static void add_row(struct enginescript *self, const char *table,
		    const struct tabledef *def, int row, int variant)
{
	struct buf *out = &self->text;
	struct madeup madeup;
	size_t count = 0;

	madeup_init(&madeup, row);
	buf_add_string(out, "INSERT OR IGNORE INTO ");
	sql_add_name(out, table);
	for (size_t i = 0; i < def->ncolumns; i++) {
		if (def->columns[i].generated)
			continue;
		buf_add_char(out, count++ ? ',' : '(');
		sql_add_name(out, def->columns[i].name);
	}
	count = 0;
	for (size_t i = 0; i < def->ncolumns; i++) {
		struct value value;

		if (def->columns[i].generated)
			continue;
		value = madeup_value(&madeup, def, &def->columns[i], row,
				     variant);
		buf_add_string(out, count++ ? "," : ") SELECT ");
		literal_add(out, &value);
	}
	buf_add_string(out, " WHERE (SELECT count(*) FROM ");
	sql_add_name(out, table);
	buf_add_format(out, ") < %d", row);
	end_statement(self);
}

static bool has_foreign_key(const struct tabledef *def)
{
	for (size_t i = 0; i < def->nconstraints; i++)
		if (def->constraints[i].kind == CONSTRAINT_FOREIGN_KEY)
			return true;
	return false;
}

/* Deletes all rows of a table in which one refers to nothing. */
static void drop_orphans(struct enginescript *self, const char *table)
{
	buf_add_string(&self->text, "DELETE FROM ");
	sql_add_name(&self->text, table);
	buf_add_string(&self->text, " WHERE EXISTS (SELECT 1 FROM "
				    "pragma_foreign_key_check(");
	add_text_literal(&self->text, table);
	buf_add_string(&self->text, "))");
	end_statement(self);
}

static int fill_all(struct enginescript *self, struct err *err)
{
	struct blueprint *from = &self->schemas->from;
	const struct tabledef *def;

	for (size_t i = 0; i < from->count; i++) {
		struct blueprint_object *table = &from->items[i];

		if (table->kind != OBJECT_TABLE)
			continue;
		if (blueprint_def(from, table, &def, err) < 0)
			return err->code;
		for (int row = 1; row <= MADEUP_ROWS; row++)
			for (int way = 0; way < MADEUP_VARIANTS; way++)
				add_row(self, table->name, def, row, way);
	}
	/* what goes may leave others behind that referred to it */
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < from->count; i++) {
			struct blueprint_object *table = &from->items[i];

			if (table->kind != OBJECT_TABLE)
				continue;
			if (blueprint_def(from, table, &def, err) < 0)
				return err->code;
			if (has_foreign_key(def))
				drop_orphans(self, table->name);
		}
	return 0;
}

/* ---- what must stay ---- */

/* A table of which rows are kept, before or after the plan. */
struct watched {
	const char *before, *after; /* its names */
	const char *copy;	    /* of what is kept */
	const struct tabledef *a, *b;
};

/* False in *is: the table is not one of them. */
static int watch(struct enginescript *self, struct watched *watched, bool *is,
		 struct planner *planner, size_t place, struct err *err)
{
	const struct blueprint_object *table = &planner->from->items[place];
	size_t match = planner->old[place].match;
	char name[40];

	*is = table->kind == OBJECT_TABLE && match != SIZE_MAX &&
	      planner->old[place].action != TABLE_DROP;
	if (!*is)
		return 0;
	snprintf(name, sizeof(name), "rows of %zu", place);
	watched->before = table->name;
	watched->after = planner->to->items[match].name;
	watched->copy = own_name(self, name, err);
	if (!watched->copy)
		return err->code;
	return planner_defs(planner, place, &watched->a, &watched->b, err);
}

static void keep_rows(struct enginescript *self, const struct watched *watched)
{
	buf_add_string(&self->text, "CREATE TABLE ");
	sql_add_name(&self->text, watched->copy);
	buf_add_string(&self->text, " AS ");
	keptrows_add_select(&self->text, KEPTROWS_LITERALS, watched->before,
			    watched->a, watched->b);
	end_statement(self);
}

/* Notes the table if its rows are not those that were kept. */
static void compare_rows(struct enginescript *self,
			 const struct watched *watched)
{
	struct buf *out = &self->text;

	buf_add_string(out, "INSERT INTO ");
	sql_add_name(out, self->found);
	buf_add_string(out, " SELECT ");
	add_text_literal(out, watched->after);
	buf_add_string(out, " WHERE (SELECT count(*) FROM ");
	sql_add_name(out, watched->copy);
	buf_add_string(out, ") <> (SELECT count(*) FROM ");
	sql_add_name(out, watched->after);
	buf_add_string(out, ") OR EXISTS (SELECT * FROM ");
	sql_add_name(out, watched->copy);
	buf_add_string(out, " EXCEPT ");
	keptrows_add_select(out, KEPTROWS_LITERALS, watched->after, watched->a,
			    watched->b);
	buf_add_char(out, ')');
	end_statement(self);
	buf_add_string(out, "DROP TABLE ");
	sql_add_name(out, watched->copy);
	end_statement(self);
}

/* Does one of the two for all tables whose rows must stay. */
static int watch_all(struct enginescript *self, struct planner *planner,
		     void (*use)(struct enginescript *, const struct watched *),
		     struct err *err)
{
	for (size_t i = 0; i < planner->from->count && self->has_rows; i++) {
		struct watched watched;
		bool is;

		if (watch(self, &watched, &is, planner, i, err) < 0)
			return err->code;
		if (is)
			use(self, &watched);
	}
	return 0;
}

/* ---- the script ---- */

static void add_steps(struct enginescript *self, const struct schemaplan *plan,
		      size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		add_sql(self, plan->steps[i].sql);
}

/* Both lists as texts in hexadecimal, which come through any message. */
static void write_question(struct enginescript *self)
{
	buf_add_format(&self->question,
		       "SELECT coalesce((SELECT group_concat(hex(sql)) FROM "
		       "(SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
		       "AND substr(name, 1, %zu) = '%s' AND name <> ",
		       strlen(scratchname_prefix), scratchname_prefix);
	add_text_literal(&self->question, self->found);
	buf_add_string(&self->question,
		       " ORDER BY rowid)), '') || ';' || "
		       "coalesce((SELECT group_concat(hex(name)) FROM ");
	sql_add_name(&self->question, self->found);
	buf_add_string(&self->question, "), '') || '.'");
}

/* Called when the plan is made; what was before it is defined already. */
static int write_plan(void *context, struct planner *planner, struct err *err)
{
	struct enginescript *self = context;
	const struct schemaplan *plan = planner->plan;

	self->found = own_name(self, "found", err);
	if (!self->found)
		return err->code;
	add_steps(self, plan, 0, planner->first_step);
	if (watch_all(self, planner, keep_rows, err) < 0)
		return err->code;
	add_steps(self, plan, planner->first_step, plan->count);
	buf_add_string(&self->text, "CREATE TABLE ");
	sql_add_name(&self->text, self->found);
	add_sql(self, "(name TEXT)");
	if (watch_all(self, planner, compare_rows, err) < 0)
		return err->code;
	write_question(self);
	return 0;
}

int enginescript_write(struct enginescript *self, struct prefixed *schemas,
		       bool rows, struct err *err)
{
	const struct schemaplan_options options = {
		.renames = &schemas->renames,
		.rehearse = write_plan,
		.rehearse_context = self,
		.set_aside = &schemas->set_aside,
		.is_repeated = true,
	};
	struct schemaplan plan = { .count = 0 };

	*self = (struct enginescript){ .schemas = schemas, .has_rows = rows };
	buf_init(&self->text, MAX_TEXT);
	buf_init(&self->question, MAX_SQL);
	add_sql(self, "PRAGMA defer_foreign_keys=on");
	define_all(self, OBJECT_TABLE);
	define_all(self, OBJECT_VIRTUAL_TABLE);
	define_all(self, OBJECT_INDEX);
	if (rows && fill_all(self, err) < 0)
		return err->code;
	define_all(self, OBJECT_VIEW);
	define_all(self, OBJECT_TRIGGER);
	(void)!schemaplan_make(&plan, &schemas->from, &schemas->to, &options,
			       err);
	schemaplan_release(&plan);
	if (!err->code && self->question.len == 0)
		err_set(err, D1_ERROR,
			"the plan cannot be rehearsed under other names");
	if (!err->code && buf_check(&self->text, "the rehearsal", err) == 0)
		(void)!buf_check(&self->question, "the rehearsal", err);
	return err->code;
}

void enginescript_release(struct enginescript *self)
{
	buf_release(&self->text);
	buf_release(&self->question);
}

/* ---- the answer ---- */

/* One text of a list; *at is moved behind it. False at the end of the list. */
static bool next_text(const char **at, char *text, size_t *size)
{
	size_t digits = strspn(*at, "0123456789ABCDEF");
	bool fine = hex_decode(text, *at, digits);

	*size = fine ? digits / 2 : 0;
	text[*size] = '\0';
	*at += digits;
	if (**at == ',')
		(*at)++;
	return digits > 0;
}

static int read_schema(struct blueprint *found, const char **at, char *text,
		       struct err *err)
{
	size_t size;

	while (next_text(at, text, &size))
		if (blueprint_add(found, text, size, 0, err) < 0)
			return err->code;
	return blueprint_finish(found, err);
}

static int check(const struct enginescript *self, const char *answer,
		 char *text, struct err *err)
{
	const struct outcome outcome = { .from = &self->schemas->from,
					 .to = &self->schemas->to };
	struct blueprint found;
	size_t size;

	blueprint_init(&found, "the rehearsal");
	found.scratch = BLUEPRINT_SCRATCH_ONLY;
	if (read_schema(&found, &answer, text, err) == 0) {
		bool cut = *answer++ != ';';

		if (!cut && next_text(&answer, text, &size))
			err_set(err, D1_ERROR,
				"the plan would change rows of '%s'", text);
		else if (cut || *answer != '.')
			err_set(err, D1_ERROR,
				"the answer of the database is cut off");
		else
			(void)!outcome_check(&outcome, &found, err);
	}
	blueprint_release(&found);
	return err->code;
}

int enginescript_check(const struct enginescript *self, const char *answer,
		       struct err *err)
{
	char *text = malloc(strlen(answer) / 2 + 1);

	if (!text)
		return err_set_nomem(err);
	(void)!check(self, answer, text, err);
	free(text);
	return err->code;
}
