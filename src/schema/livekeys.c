#include "config.h"

#include "schema/livekeys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "model/sql.h"

/* ---- duplicates ---- */

/* A key that is to be unique. */
struct unique {
	const char *cells; /* SQL, with commas */
	size_t ncells;
	const char *where; /* of a partial index, or NULL */
	const char *label;
	bool is_old;
	const char *column; /* if it is made of one only, or NULL */
};

/* Rows for which there is another one with the same key. */
static int check_duplicates(const struct livelook *look,
			    const struct unique *key, struct err *err)
{
	bool known = true, changes = false;
	struct buf where;
	char what[1024];

	nextrows_clear(look->next);
	if (nextrows_use(look->next, key->cells, strlen(key->cells), &known,
			 &changes, err) < 0 ||
	    (key->where &&
	     nextrows_use(look->next, key->where, strlen(key->where), &known,
			  &changes, err) < 0))
		return err->code;
	if (!known || (key->is_old && !changes))
		return 0;
	if (key->column)
		look->next->as_value = tabledef_column(look->b, key->column);
	buf_init(&where, 1 << 24);
	if (key->where)
		buf_add_format(&where, "(%s\n) AND ", key->where);
	buf_add_format(&where, "(%s) IN (SELECT %s FROM ", key->cells,
		       key->cells);
	if (nextrows_add_from(&where, look->next, err) < 0) {
		buf_release(&where);
		return err->code;
	}
	if (key->where)
		buf_add_format(&where, " WHERE (%s\n)", key->where);
	buf_add_format(&where, " GROUP BY %s HAVING count(*) > 1)", key->cells);
	snprintf(what, sizeof(what),
		 "values of %.500s are to be unique, and are not", key->label);
	return livelook_refuse_next(
		look, &where, what,
		"change or delete rows so that no two are alike", err);
}

int livekeys_check(const struct livelook *look, struct err *err)
{
	for (size_t i = 0; i < look->b->nconstraints && !err->code; i++) {
		const struct tabledef_constraint *constraint =
			&look->b->constraints[i];
		struct unique key = { .ncells = constraint->ncolumns };
		struct buf cells;

		if (constraint->kind != CONSTRAINT_PRIMARY_KEY &&
		    constraint->kind != CONSTRAINT_UNIQUE)
			continue;
		buf_init(&cells, 1 << 20);
		for (size_t at = 0; at < constraint->ncolumns; at++) {
			buf_add_string(&cells, at ? ", " : "");
			sql_add_name(&cells, constraint->columns[at]);
		}
		key.cells = key.label = cells.data;
		key.is_old = livelook_is_old(look->a, constraint);
		if (constraint->ncolumns == 1)
			key.column = constraint->columns[0];
		if (buf_check(&cells, "a key", err) == 0)
			(void)!check_duplicates(look, &key, err);
		buf_release(&cells);
	}
	return err->code;
}

/* ---- indexes ---- */

/* The words from `from` up to `to` as they stand. */
static void add_words(struct buf *out, const struct words *words, size_t from,
		      size_t to)
{
	const struct sqltoken *first = &words->items[from];
	const struct sqltoken *last = &words->items[to - 1];

	if (from < to)
		buf_add(out, first->text,
			(size_t)(last->text + last->size - first->text));
}

/*
 * Reads what the index says behind its table: cells, and a condition. How many
 * cells there are is 0 if it is not understood.
 */
static size_t read_index(const struct blueprint_object *index,
			 struct buf *cells, struct buf *where)
{
	const struct words *words = &index->words;
	size_t open = index->head, count = 0, close, from;

	while (open < words->count && !words_is(words, open, "("))
		open++;
	close = words_close(words, open);
	for (size_t at = from = open + 1; at < close; at++) {
		size_t end = at;

		if (words_is(words, at, "(")) {
			at = words_close(words, at) - 1;
			continue;
		}
		if (!words_is(words, at, ",") && at + 1 < close)
			continue;
		if (words_is(words, end - 1, "ASC") ||
		    words_is(words, end - 1, "DESC"))
			end--;
		buf_add_string(cells, count++ ? ", " : "");
		add_words(cells, words, from, end);
		from = at + 1;
	}
	if (words_is(words, close, "WHERE"))
		add_words(where, words, close + 1, words->count);
	else if (close < words->count)
		return 0;
	return count;
}

static int check_index(const struct livelook *look, size_t place,
		       struct err *err)
{
	const struct planner *planner = look->planner;
	const struct blueprint_object *index = &planner->to->items[place];
	size_t origin = planner->origin[place];
	struct unique key = { .is_old = origin != SIZE_MAX &&
					!planner->old[origin].differs };
	struct buf cells, where;

	buf_init(&cells, 1 << 20);
	buf_init(&where, 1 << 20);
	key.ncells = read_index(index, &cells, &where);
	if (buf_check(&cells, "an index", err) == 0 &&
	    buf_check(&where, "an index", err) == 0 && key.ncells > 0) {
		key.cells = key.label = cells.data;
		key.where = where.len > 0 ? where.data : NULL;
		(void)!check_duplicates(look, &key, err);
	}
	buf_release(&cells);
	buf_release(&where);
	return err->code;
}

/* True if nothing can be new to the index. */
static bool is_unchanged(const struct planner *planner, size_t place,
			 const struct blueprint_object *table)
{
	size_t origin = planner->origin[place];

	return origin != SIZE_MAX && !planner->old[origin].differs &&
	       !planner->old[table - planner->from->items].differs;
}

int livekeys_check_indexes(struct planner *planner, struct err *err)
{
	for (size_t i = 0; i < planner->to->count; i++) {
		const struct blueprint_object *index = &planner->to->items[i];
		struct blueprint_object *a, *b;
		struct nextrows next;
		struct livelook look = { planner, index->table, NULL, NULL,
					 &next };

		if (!planner->options->live || index->kind != OBJECT_INDEX ||
		    !index->is_unique)
			continue;
		a = blueprint_table(planner->from, index->table);
		b = blueprint_table(planner->to, index->table);
		if (!a || !b || is_unchanged(planner, i, a))
			continue;
		look.table = a->name;
		if (blueprint_def(planner->from, a, &look.a, err) < 0 ||
		    blueprint_def(planner->to, b, &look.b, err) < 0 ||
		    nextrows_init(&next, planner, look.table, look.a, look.b,
				  err) < 0 ||
		    check_index(&look, i, err) < 0)
			return err->code;
	}
	return 0;
}
