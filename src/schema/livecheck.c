#include "config.h"

#include "schema/livecheck.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "schema/livekeys.h"
#include "schema/livelook.h"
#include "schema/liverows.h"
#include "schema/nextrows.h"
#include "schema/standin.h"

static bool has_all(const struct tabledef *def, const char *const *columns,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tabledef_column(def, columns[i]) == def->ncolumns)
			return false;
	return true;
}

/* ---- NULL ---- */

static int check_null(const struct livelook *look, struct err *err)
{
	const struct tabledef_constraint *key = tabledef_primary_key(look->b);

	for (size_t i = 0; i < look->b->ncolumns && !err->code; i++) {
		const struct tabledef_column *b = &look->b->columns[i];
		size_t place = tabledef_column(look->a, b->name);
		bool needed = b->not_null && (b->default_kind == DEFAULT_NONE ||
					      b->default_kind == DEFAULT_NULL);
		struct buf where;
		char what[512];

		if ((look->b->without_rowid || look->b->strict) && key &&
		    tabledef_has_column(key, b->name))
			needed = true;
		if (look->b->alias == i && look->a->alias != place)
			needed = true;
		if (!needed || b->generated || place == look->a->ncolumns ||
		    look->a->columns[place].not_null)
			continue;
		buf_init(&where, 1 << 20);
		sql_add_name(&where, b->name);
		buf_add_string(&where, " IS NULL");
		snprintf(what, sizeof(what),
			 "column '%s' becomes NOT NULL, and is NULL", b->name);
		(void)!livelook_refuse(
			look, &where, what,
			"fill these rows first, or give the column "
			"a DEFAULT",
			err);
	}
	return err->code;
}

/* What is generated is computed for the rows that are there. */
static int check_generated_null(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->ncolumns && !err->code; i++) {
		const struct tabledef_column *b = &look->b->columns[i];
		size_t place = tabledef_column(look->a, b->name);
		bool known = true, changes = false;
		struct buf where;
		char what[512];

		if (!b->generated || !b->not_null)
			continue;
		nextrows_clear(look->next);
		buf_init(&where, 1 << 20);
		sql_add_name(&where, b->name);
		if (nextrows_use(look->next, where.data, where.len, &known,
				 &changes, err) < 0 ||
		    !known || (!changes && look->a->columns[place].not_null)) {
			buf_release(&where);
			continue;
		}
		buf_add_string(&where, " IS NULL");
		snprintf(what, sizeof(what),
			 "column '%s' is NOT NULL, and what generates it is "
			 "NULL",
			 b->name);
		(void)!livelook_refuse_next(look, &where, what,
					    "fill what it is made of first, or "
					    "leave out NOT NULL",
					    err);
	}
	return err->code;
}

/* ---- CHECK ---- */

static int check_checks(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->nconstraints && !err->code; i++) {
		const struct tabledef_constraint *check =
			&look->b->constraints[i];
		bool known = true, changes = false;
		struct buf where;
		char what[512];

		if (check->kind != CONSTRAINT_CHECK)
			continue;
		nextrows_clear(look->next);
		if (nextrows_use(look->next, check->text, check->size, &known,
				 &changes, err) < 0)
			return err->code;
		if (!known || (livelook_is_old(look->a, check) && !changes))
			continue;
		buf_init(&where, 1 << 24);
		buf_add_string(&where, "NOT (");
		buf_add(&where, check->text, check->size);
		buf_add_string(&where, "\n)");
		snprintf(what, sizeof(what), "CHECK(%.*s) does not hold",
			 check->size > 200 ? 200 : (int)check->size,
			 check->text);
		(void)!livelook_refuse_next(look, &where, what,
					    "change these rows first", err);
	}
	return err->code;
}

/* ---- types ---- */

/* True for a text that is a number, as an affinity reads it. */
#define IS_NUMBER "CAST(%s AS NUMERIC) = %s"

#define NO_INTEGER \
	"typeof(%s) = 'blob' OR (typeof(%s) IN ('text', 'real') AND NOT (" IS_NUMBER \
	" AND CAST(%s AS NUMERIC) = " \
	"CAST(CAST(%s AS NUMERIC) AS INTEGER)))"

/* What a column that takes one type only refuses; NULL: it takes all. */
static const char *find_wrong(const char *type)
{
	static const struct {
		const char *type, *wrong;
	} types[] = {
		{ "int", NO_INTEGER },
		{ "integer", NO_INTEGER },
		{ "real", "typeof(%s) = 'blob' OR (typeof(%s) = 'text' AND "
			  "NOT (" IS_NUMBER "))" },
		{ "text", "typeof(%s) = 'blob'" },
		{ "blob", "typeof(%s) NOT IN ('blob', 'null')" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].wrong;
	return NULL;
}

/* Appends the condition with the name of the column for each %s. */
static void add_condition(struct buf *where, const char *wrong,
			  const char *column)
{
	for (; *wrong; wrong++) {
		if (wrong[0] != '%' || wrong[1] != 's') {
			buf_add_char(where, *wrong);
			continue;
		}
		sql_add_name(where, column);
		wrong++;
	}
}

/* A rowid is an integer in any table. */
static bool takes_one_type(const struct tabledef *def, size_t column)
{
	return def->strict || def->alias == column;
}

/* What is generated, before the type of its column is applied. */
static int check_generated_types(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->ncolumns && !err->code; i++) {
		const struct tabledef_column *column = &look->b->columns[i];
		const char *wrong = find_wrong(column->type);
		bool known = true, changes = false;
		struct buf where;
		char what[512];

		if (!wrong || !column->generated || !look->b->strict)
			continue;
		nextrows_clear(look->next);
		buf_init(&where, 1 << 20);
		sql_add_name(&where, column->name);
		if (nextrows_use(look->next, where.data, where.len, &known,
				 &changes, err) < 0 ||
		    !known || !changes) {
			buf_release(&where);
			continue;
		}
		buf_clear(&where);
		look->next->as_given = i;
		add_condition(&where, wrong, column->name);
		snprintf(what, sizeof(what),
			 "column '%s' holds %s only, and something else is "
			 "generated",
			 column->name, column->type);
		(void)!livelook_refuse_next(
			look, &where, what,
			"change what it is made of first, or "
			"what it is made by",
			err);
	}
	return err->code;
}

/* A default that a STRICT table does not take harms nothing while it is empty.
 */
static int check_defaults(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->ncolumns && !err->code; i++) {
		const struct tabledef_column *column = &look->b->columns[i];
		struct buf where;
		char what[512];

		if (!look->next->defaults[i].is_refused)
			continue;
		buf_init(&where, 1 << 20);
		if (tabledef_column(look->a, column->name) <
		    look->a->ncolumns) {
			sql_add_name(&where, column->name);
			buf_add_string(&where, " IS NULL");
		} else {
			buf_add_char(&where, '1');
		}
		snprintf(what, sizeof(what),
			 "column '%s' is to hold %s only, its default is none, "
			 "and is needed",
			 column->name, column->type);
		(void)!livelook_refuse(look, &where, what,
				       "give it a default of its type", err);
	}
	return err->code;
}

static int check_types(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->ncolumns && !err->code; i++) {
		const struct tabledef_column *column = &look->b->columns[i];
		const char *wrong = find_wrong(column->type);
		size_t place = tabledef_column(look->a, column->name);
		struct buf where;
		char what[512];

		if (!wrong || column->generated || place == look->a->ncolumns ||
		    !takes_one_type(look->b, i) ||
		    (takes_one_type(look->a, place) &&
		     strcmp(look->a->columns[place].type, column->type) == 0))
			continue;
		buf_init(&where, 1 << 20);
		add_condition(&where, wrong, column->name);
		snprintf(what, sizeof(what),
			 "column '%s' is to hold %s only, and does not",
			 column->name, column->type);
		(void)!livelook_refuse(look, &where, what,
				       "convert these values first", err);
	}
	return err->code;
}

/* ---- foreign keys ---- */

static int add_parent(struct buf *where, const struct livelook *look,
		      const struct tabledef_constraint *key, bool *known,
		      struct err *err)
{
	struct planner *planner = look->planner;
	struct blueprint_object *parent =
		blueprint_table(planner->from, key->parent);
	const char *const *columns = key->parent_columns;
	const struct tabledef_constraint *primary;
	const struct tabledef *def;

	*known = parent != NULL;
	if (!parent)
		return 0;
	if (blueprint_def(planner->from, parent, &def, err) < 0)
		return err->code;
	primary = tabledef_primary_key(def);
	if (key->nparent_columns == 0)
		columns = primary && primary->ncolumns == key->ncolumns
				  ? primary->columns
				  : NULL;
	*known = columns && has_all(def, columns, key->ncolumns);
	if (!*known)
		return 0;
	buf_add_string(where, " AND NOT EXISTS (SELECT 1 FROM ");
	liverows_add_table(where, planner, parent->name, def);
	buf_add_string(where, " AS git_d1_parent WHERE ");
	for (size_t i = 0; i < key->ncolumns; i++) {
		buf_add_string(where,
			       i ? " AND git_d1_parent." : "git_d1_parent.");
		sql_add_name(where, columns[i]);
		buf_add_string(where, " = ");
		sql_add_name(where, look->table);
		buf_add_char(where, '.');
		sql_add_name(where, key->columns[i]);
	}
	buf_add_char(where, ')');
	return 0;
}

/*
 * Also what was there before: rows that are copied are looked at again. But
 * rows that referred to a table which did not exist may do so further on.
 */
static int check_foreign_keys(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->nconstraints && !err->code; i++) {
		const struct tabledef_constraint *key =
			&look->b->constraints[i];
		struct buf where;
		char what[512];
		bool known;

		if (key->kind != CONSTRAINT_FOREIGN_KEY ||
		    !has_all(look->a, key->columns, key->ncolumns) ||
		    (livelook_is_old(look->a, key) &&
		     standin_is_possible(look->planner, key->parent)))
			continue;
		buf_init(&where, 1 << 20);
		for (size_t at = 0; at < key->ncolumns; at++) {
			buf_add_string(&where, at ? " AND " : "");
			sql_add_name(&where, look->table);
			buf_add_char(&where, '.');
			sql_add_name(&where, key->columns[at]);
			buf_add_string(&where, " IS NOT NULL");
		}
		if (add_parent(&where, look, key, &known, err) < 0 ||
		    (!known &&
		     blueprint_table(look->planner->from, key->parent))) {
			buf_release(&where);
			continue;
		}
		snprintf(what, sizeof(what),
			 "a foreign key leads to no row of '%s'", key->parent);
		(void)!livelook_refuse(
			look, &where, what,
			"make the rows they refer to, or set the "
			"columns to NULL",
			err);
	}
	return err->code;
}

/* ---- all of it ---- */

int livecheck_is_empty(bool *empty, const struct planner *planner,
		       const char *table, struct err *err)
{
	uint64_t count;

	*empty = false;
	if (!planner->options->live)
		return 0;
	if (liverows_count(&count, planner, table, err) < 0)
		return err->code;
	*empty = count == 0;
	return 0;
}

static int check_all(const struct livelook *look, struct err *err)
{
	if (check_null(look, err) < 0 || check_defaults(look, err) < 0 ||
	    check_types(look, err) < 0 || check_generated_null(look, err) < 0 ||
	    check_generated_types(look, err) < 0 ||
	    livekeys_check(look, err) < 0)
		return err->code;
	return check_checks(look, err);
}

int livecheck_table(struct planner *planner, size_t place,
		    const struct tabledef *a, const struct tabledef *b,
		    struct err *err)
{
	struct nextrows next;
	const struct livelook look = { planner,
				       planner->from->items[place].name, a, b,
				       &next };

	if (!planner->options->live)
		return 0;
	if (planner_is_remade(&planner->old[place]) &&
	    check_foreign_keys(&look, err) < 0)
		return err->code;
	if (planner->old[place].differs &&
	    nextrows_init(&next, planner, look.table, a, b, err) == 0)
		(void)!check_all(&look, err);
	return err->code;
}
