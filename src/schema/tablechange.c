#include "config.h"

#include "schema/planner.h"

#include <string.h>
#include <strings.h>

#include "schema/sameness.h"

static bool has(const size_t *list, size_t count, size_t place)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == place)
			return true;
	return false;
}

/* What the kept columns are, and in what order; NULL: ALTER can do that. */
static const char *find_columns(struct tablechange *change,
				const struct tabledef *a,
				const struct tabledef *b)
{
	size_t next = 0;

	for (size_t i = 0; i < a->ncolumns; i++) {
		size_t place = tabledef_column(b, a->columns[i].name);

		if (place == b->ncolumns) {
			change->dropped[change->ndropped++] = i;
			continue;
		}
		if (place != next)
			return "the columns are in another order";
		if (!sameness_of_columns(&a->columns[i], &b->columns[place]))
			return "a column changes";
		next++;
	}
	if (next == 0)
		return "no column stays";
	for (; next < b->ncolumns; next++) {
		if (tabledef_column(a, b->columns[next].name) < a->ncolumns)
			return "the columns are in another order";
		change->added[change->nadded++] = next;
	}
	return NULL;
}

/* True for a constraint that comes or goes with its column. */
static bool goes_along(const struct tabledef_constraint *constraint,
		       const size_t *columns, size_t count)
{
	return (constraint->kind == CONSTRAINT_CHECK ||
		constraint->kind == CONSTRAINT_FOREIGN_KEY) &&
	       has(columns, count, constraint->column);
}

/* All other constraints must be the same; they are in one order. */
static bool same_constraints(const struct tablechange *change,
			     const struct tabledef *a, const struct tabledef *b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a->nconstraints &&
		       goes_along(&a->constraints[i], change->dropped,
				  change->ndropped))
			i++;
		while (j < b->nconstraints &&
		       goes_along(&b->constraints[j], change->added,
				  change->nadded))
			j++;
		if (i == a->nconstraints || j == b->nconstraints)
			return i == a->nconstraints && j == b->nconstraints;
		if (a->constraints[i].kind != b->constraints[j].kind ||
		    strcmp(a->constraints[i].spelling,
			   b->constraints[j].spelling) != 0)
			return false;
		i++;
		j++;
	}
}

static bool is_foreign_key(const struct tabledef *def, size_t column)
{
	for (size_t i = 0; i < def->nconstraints; i++)
		if (def->constraints[i].kind == CONSTRAINT_FOREIGN_KEY &&
		    def->constraints[i].column == column)
			return true;
	return false;
}

/* What ADD COLUMN cannot do (https://www.sqlite.org/lang_altertable.html). */
static const char *find_hard_column(const struct tablechange *change,
				    const struct tabledef *b)
{
	for (size_t i = 0; i < change->nadded; i++) {
		size_t place = change->added[i];
		const struct tabledef_column *column = &b->columns[place];

		if (column->stored)
			return "a new column is generated and stored";
		if (column->default_kind == DEFAULT_EXPRESSION)
			return "the default of a new column is no constant";
		if (column->not_null && !column->generated &&
		    column->default_kind != DEFAULT_CONSTANT)
			return "a new column is NOT NULL without a default";
		if (column->default_kind == DEFAULT_CONSTANT &&
		    is_foreign_key(b, place))
			return "a new column refers to a table and has a "
			       "default";
	}
	return NULL;
}

int tablechange_find(struct tablechange *change, const struct tabledef *a,
		     const struct tabledef *b, struct arena *arena,
		     struct err *err)
{
	*change = (struct tablechange){ .why = NULL };
	change->dropped = arena_array(arena, a->ncolumns + 1, sizeof(size_t));
	change->added = arena_array(arena, b->ncolumns + 1, sizeof(size_t));
	if (!change->dropped || !change->added)
		return err_set_nomem(err);
	if (a->strict != b->strict)
		change->why = b->strict ? "it becomes STRICT"
					: "it is STRICT no longer";
	else if (a->without_rowid != b->without_rowid)
		change->why = b->without_rowid
				      ? "it becomes WITHOUT ROWID"
				      : "it is WITHOUT ROWID no longer";
	else
		change->why = find_columns(change, a, b);
	if (!change->why && !same_constraints(change, a, b))
		change->why = "its constraints change";
	if (!change->why)
		change->why = find_hard_column(change, b);
	return 0;
}
