#include "config.h"

#include "schema/parked.h"

#include <stdbool.h>

#include "model/sql.h"
#include "schema/words.h"

/* The name that the table has now; NULL: it is not parked, or there is none. */
static const char *find_parked(const struct planner *planner, const char *name)
{
	const struct blueprint_object *table =
		blueprint_table(planner->from, name);

	return table ? planner->old[table - planner->from->items].scratch
		     : NULL;
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
			  size_t place, struct arena *arena, struct err *err)
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
		name = find_parked(planner, name);
		if (!name)
			continue;
		buf_add(out, copied, (size_t)(word->text - copied));
		sql_add_name(out, name);
		copied = word->text + word->size;
	}
	buf_add(out, copied, object->size - (size_t)(copied - object->sql));
	return buf_check(out, "a definition", err);
}
