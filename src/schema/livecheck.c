#include "config.h"

#include "schema/livecheck.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/sql.h"
#include "schema/liverows.h"
#include "schema/standin.h"

/* A table whose rows are looked at, before and after. */
struct look {
	struct planner *planner;
	const char *table;
	const struct tabledef *a, *b;
};

static bool has_all(const struct tabledef *def, const char *const *columns,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tabledef_column(def, columns[i]) == def->ncolumns)
			return false;
	return true;
}

/* True if the constraint was there before. */
static bool is_old(const struct tabledef *a,
		   const struct tabledef_constraint *constraint)
{
	for (size_t i = 0; i < a->nconstraints; i++)
		if (a->constraints[i].kind == constraint->kind &&
		    strcmp(a->constraints[i].spelling, constraint->spelling) ==
			    0)
			return true;
	return false;
}

/* Refuses if rows fulfil the condition in `where`, which is released. */
static int refuse_rows(const struct look *look, struct buf *where,
		       const char *what, const char *remedy, struct err *err)
{
	struct liverows rows;

	if (buf_check(where, "a condition", err) == 0 &&
	    liverows_find(&rows, look->planner, look->table, look->a,
			  where->data, err) == 0 &&
	    rows.count > 0) {
		err_set(err, D1_EREFUSED,
			"%s in %" PRIu64 " row%s of table '%s': %s%s", what,
			rows.count, rows.count == 1 ? "" : "s", look->table,
			rows.first, rows.count > rows.listed ? ", ..." : "");
		err_hint(err, "%s", remedy);
	}
	buf_release(where);
	return err->code;
}

/* ---- NULL ---- */

static int check_null(const struct look *look, struct err *err)
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
		(void)!refuse_rows(look, &where, what,
				   "fill these rows first, or give the column "
				   "a DEFAULT",
				   err);
	}
	return err->code;
}

/* ---- duplicates ---- */

static void add_key_cell(struct buf *sql, const struct tabledef *b,
			 const char *column, const char *prefix)
{
	size_t place = tabledef_column(b, column);

	buf_add_string(sql, prefix);
	sql_add_name(sql, column);
	if (*b->columns[place].collate)
		buf_add_format(sql, " %s", b->columns[place].collate);
}

/* Rows for which there is another one with the same key. */
static int check_duplicates(const struct look *look, const char *const *columns,
			    size_t count, struct err *err)
{
	struct buf where, list;
	char what[1024];

	buf_init(&where, 1 << 20);
	buf_init(&list, 1 << 20);
	for (size_t i = 0; i < count; i++)
		add_key_cell(&list, look->b, columns[i], i ? ", " : "");
	buf_add_char(&where, '(');
	for (size_t i = 0; i < count; i++)
		add_key_cell(&where, look->b, columns[i], i ? ", " : "");
	buf_add_string(&where, ") IN (SELECT ");
	buf_add(&where, list.data, list.len);
	buf_add_string(&where, " FROM ");
	liverows_add_table(&where, look->planner, look->table, look->a);
	buf_add_string(&where, " GROUP BY ");
	buf_add(&where, list.data, list.len);
	buf_add_string(&where, " HAVING count(*) > 1)");
	snprintf(what, sizeof(what),
		 "values of %s are to be unique, and are not",
		 list.data ? list.data : "");
	buf_release(&list);
	return refuse_rows(look, &where, what,
			   "change or delete rows so that no two are alike",
			   err);
}

static int check_keys(const struct look *look, struct err *err)
{
	for (size_t i = 0; i < look->b->nconstraints && !err->code; i++) {
		const struct tabledef_constraint *key =
			&look->b->constraints[i];

		if ((key->kind == CONSTRAINT_PRIMARY_KEY ||
		     key->kind == CONSTRAINT_UNIQUE) &&
		    !is_old(look->a, key) &&
		    has_all(look->a, key->columns, key->ncolumns))
			(void)!check_duplicates(look, key->columns,
						key->ncolumns, err);
	}
	return err->code;
}

/* ---- CHECK ---- */

/* True for what SQLite takes in no CHECK: it may read anything, and for ever.
 */
static bool has_select(const struct words *words)
{
	for (size_t at = 0; at < words->count; at++)
		if (words_is(words, at, "SELECT") ||
		    words_is(words, at, "VALUES"))
			return true;
	return false;
}

/*
 * True if the condition needs a column that is not there yet, or if it is none
 * that can be looked at.
 */
static int needs_new(bool *needs, const struct look *look, const char *text,
		     size_t size, struct err *err)
{
	struct arena arena = ARENA_INIT;
	struct namemap new = { .cap = 0 };
	struct words words;

	for (size_t i = 0; i < look->b->ncolumns && !err->code; i++) {
		const char *name = look->b->columns[i].name;

		if (tabledef_column(look->a, name) == look->a->ncolumns)
			(void)!namemap_add(&new, name, i, err);
	}
	*needs = false;
	if (!err->code && words_read(&words, &arena, text, size, err) == 0)
		*needs = has_select(&words) || words_mention(&words, &new);
	namemap_release(&new);
	arena_release(&arena);
	return err->code;
}

static int check_checks(const struct look *look, struct err *err)
{
	for (size_t i = 0; i < look->b->nconstraints; i++) {
		const struct tabledef_constraint *check =
			&look->b->constraints[i];
		struct buf where;
		char what[512];
		bool needs;

		if (check->kind != CONSTRAINT_CHECK || is_old(look->a, check))
			continue;
		if (needs_new(&needs, look, check->text, check->size, err) < 0)
			return err->code;
		if (needs)
			continue;
		buf_init(&where, 1 << 24);
		buf_add_string(&where, "NOT (");
		buf_add(&where, check->text, check->size);
		buf_add_string(&where, "\n)");
		snprintf(what, sizeof(what), "CHECK(%.*s) does not hold",
			 check->size > 200 ? 200 : (int)check->size,
			 check->text);
		if (refuse_rows(look, &where, what, "change these rows first",
				err) == D1_ERROR)
			err_clear(err); /* the rehearsal says what is wrong */
		if (err->code)
			return err->code;
	}
	return 0;
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

static int check_types(const struct look *look, struct err *err)
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
		(void)!refuse_rows(look, &where, what,
				   "convert these values first", err);
	}
	return err->code;
}

/* ---- foreign keys ---- */

static int add_parent(struct buf *where, const struct look *look,
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
static int check_foreign_keys(const struct look *look, struct err *err)
{
	for (size_t i = 0; i < look->b->nconstraints && !err->code; i++) {
		const struct tabledef_constraint *key =
			&look->b->constraints[i];
		struct buf where;
		char what[512];
		bool known;

		if (key->kind != CONSTRAINT_FOREIGN_KEY ||
		    !has_all(look->a, key->columns, key->ncolumns) ||
		    (is_old(look->a, key) &&
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
		(void)!refuse_rows(look, &where, what,
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

int livecheck_table(struct planner *planner, size_t place,
		    const struct tabledef *a, const struct tabledef *b,
		    struct err *err)
{
	const struct look look = { planner, planner->from->items[place].name, a,
				   b };

	if (!planner->options->live)
		return 0;
	if (planner_is_remade(&planner->old[place]) &&
	    check_foreign_keys(&look, err) < 0)
		return err->code;
	if (!planner->old[place].differs || check_null(&look, err) < 0 ||
	    check_keys(&look, err) < 0 || check_checks(&look, err) < 0)
		return err->code;
	return check_types(&look, err);
}

/* The columns of an index that is made of columns only; 0: it is not. */
static size_t read_index(const struct planner *planner,
			 const struct blueprint_object *index,
			 const struct tabledef *def, const char **columns,
			 size_t room)
{
	const struct words *words = &index->words;
	size_t at = index->head, count = 0;

	while (at < words->count && !words_is(words, at, "("))
		at++;
	for (at++; at < words->count && !words_is(words, at, ")"); at++) {
		const char *name;

		if (words_is(words, at, ","))
			continue;
		if (!words_is_name(words, at) || count == room)
			return 0;
		name = words_name(words, at, planner->arena);
		if (!name || tabledef_column(def, name) == def->ncolumns)
			return 0;
		columns[count++] = name;
		if (words_is(words, at + 1, "ASC") ||
		    words_is(words, at + 1, "DESC"))
			at++;
	}
	return at + 1 == words->count ? count : 0;
}

int livecheck_indexes(struct planner *planner, struct err *err)
{
	enum { ROOM = 64 };
	const char *columns[ROOM];

	for (size_t i = 0; i < planner->to->count; i++) {
		const struct blueprint_object *index = &planner->to->items[i];
		struct blueprint_object *a, *b;
		struct look look = { planner, index->table, NULL, NULL };
		size_t count;

		if (!planner->options->live || index->kind != OBJECT_INDEX ||
		    !index->is_unique ||
		    (planner->origin[i] != SIZE_MAX &&
		     !planner->old[planner->origin[i]].differs))
			continue;
		a = blueprint_table(planner->from, index->table);
		b = blueprint_table(planner->to, index->table);
		if (!a || !b)
			continue;
		if (blueprint_def(planner->from, a, &look.a, err) < 0 ||
		    blueprint_def(planner->to, b, &look.b, err) < 0)
			return err->code;
		count = read_index(planner, index, look.b, columns, ROOM);
		if (count > 0 && has_all(look.a, columns, count) &&
		    check_duplicates(&look, columns, count, err) < 0)
			return err->code;
	}
	return 0;
}
