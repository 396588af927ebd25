#include "config.h"

#include "schema/parked.h"

#include "model/sql.h"
#include "schema/words.h"

/* The name that the table has now; NULL: it is not parked, or there is none. */
static const char *find_parked(const struct planner *planner, const bool *stays,
			       const char *name)
{
	const struct blueprint_object *table =
		blueprint_table(planner->from, name);
	size_t place;

	if (!table)
		return NULL;
	place = (size_t)(table - planner->from->items);
	return stays && stays[place]
		       ? NULL
		       : planner_parked_name(&planner->old[place]);
}

/*
 * True where the name of a table can stand: of a new one, behind the ON of an
 * index, behind REFERENCES, and before the point of a column.
 */
static bool is_table_place(const struct blueprint_object *object, size_t at)
{
	const struct words *words = &object->words;

	if (at < object->head)
		return object->kind == OBJECT_TABLE && at + 1 == object->head;
	if (object->kind == OBJECT_INDEX && at == object->head + 1)
		return true;
	return words_is(words, at - 1, "REFERENCES") ||
	       (words_is(words, at + 1, ".") && !words_is(words, at - 1, "."));
}

int parked_add_definition(struct buf *out, const struct planner *planner,
			  const bool *stays, size_t place, struct arena *arena,
			  struct err *err)
{
	const struct blueprint_object *object = &planner->from->items[place];
	const struct words *words = &object->words;
	const char *copied = object->sql;

	for (size_t at = 1; at < words->count; at++) {
		const struct sqltoken *word = &words->items[at];
		const char *name;

		if (!words_is_name(words, at) || !is_table_place(object, at))
			continue;
		name = words_name(words, at, arena);
		if (!name)
			return err_set_nomem(err);
		name = find_parked(planner, stays, name);
		if (!name)
			continue;
		buf_add(out, copied, (size_t)(word->text - copied));
		sql_add_name(out, name);
		copied = word->text + word->size;
	}
	buf_add(out, copied, object->size - (size_t)(copied - object->sql));
	return buf_check(out, "a definition", err);
}

/* True if the word is a column that is stored as it is. */
static bool is_column(const struct tabledef *def, const struct words *words,
		      size_t at, struct arena *arena)
{
	const char *name;
	size_t place;

	if (!words_is_name(words, at) ||
	    words->items[at].kind == SQLTOKEN_STRING)
		return false;
	name = words_name(words, at, arena);
	place = name ? tabledef_column(def, name) : def->ncolumns;
	return place < def->ncolumns && !def->columns[place].generated;
}

/* True if columns are all there is from the parenthesis at `at` on. */
static bool has_columns_only(const struct tabledef *def,
			     const struct words *words, size_t at,
			     struct arena *arena)
{
	if (!words_is(words, at, "("))
		return false;
	do {
		if (!is_column(def, words, at + 1, arena))
			return false;
		at += 2;
		at += words_is(words, at, "ASC") || words_is(words, at, "DESC");
	} while (words_is(words, at, ","));
	return words_is(words, at, ")") && at + 1 == words->count;
}

int parked_spares_index(bool *spared, const struct planner *planner,
			size_t place, struct err *err)
{
	struct blueprint *from = planner->from;
	const struct blueprint_object *index = &from->items[place];
	struct blueprint_object *table = blueprint_table(from, index->table);
	const struct tabledef *def;
	struct arena arena = ARENA_INIT;

	*spared = false;
	if (index->kind != OBJECT_INDEX || index->is_unique || !table ||
	    !planner->old[place].drop)
		return 0;
	if (blueprint_def(from, table, &def, err) < 0)
		return err->code;
	*spared = has_columns_only(def, &index->words, index->head + 2, &arena);
	arena_release(&arena);
	return 0;
}
