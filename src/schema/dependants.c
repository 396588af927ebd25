#include "config.h"

#include "schema/dependants.h"

static bool may_depend(const struct blueprint_object *object)
{
	return object->kind == OBJECT_VIEW || object->kind == OBJECT_TRIGGER;
}

int dependants_find(const struct blueprint *blueprint, struct namemap *names,
		    bool *dropped, struct err *err)
{
	bool changed = names->count > 0;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < blueprint->count; i++) {
			const struct blueprint_object *object =
				&blueprint->items[i];

			if (!may_depend(object) || dropped[i] ||
			    !words_mention(&object->words, names))
				continue;
			dropped[i] = changed = true;
			if (object->kind == OBJECT_VIEW &&
			    namemap_add(names, object->name, i, err) < 0)
				return err->code;
		}
	}
	return 0;
}

/* True if the statement gives that name itself: WITH a AS (...), AS a. */
static bool is_defined(const struct words *words, const struct namemap *name)
{
	for (size_t at = 0; at + 1 < words->count; at++) {
		const struct words word = { &words->items[at], 1, true };

		if ((words_is(words, at + 1, "AS") ||
		     words_is(words, at + 1, "(")) &&
		    words_mention(&word, name))
			return true;
	}
	return false;
}

/* True for a word behind which a table stands that is read or written. */
static bool reads_table(const struct words *words, size_t at)
{
	if (words_is(words, at, "FROM"))
		return !words_is(words, at - 1, "DISTINCT");
	if (words_is(words, at, "UPDATE"))
		return words_is(words, at + 2, "SET");
	return words_is(words, at, "JOIN") || words_is(words, at, "INTO");
}

/* True if the name of a table is that of nothing. */
static int find_lacking(bool *lacks, const struct blueprint *blueprint,
			const struct blueprint_object *object, struct err *err)
{
	const struct words *words = &object->words;
	struct arena arena = ARENA_INIT;

	for (size_t at = object->head; at < words->count && !err->code; at++) {
		struct namemap map = { .cap = 0 };
		const char *name;

		if (!reads_table(words, at) || !words_is_name(words, at + 1) ||
		    words_is(words, at + 2, "(") ||
		    words_is(words, at + 2, "."))
			continue;
		name = words_name(words, at + 1, &arena);
		if (!name) {
			err_set_nomem(err);
			break;
		}
		if (!blueprint_find(blueprint, name, false) &&
		    namemap_add(&map, name, 0, err) == 0)
			*lacks |= !is_defined(words, &map);
		namemap_release(&map);
	}
	arena_release(&arena);
	return err->code;
}

int dependants_find_broken(const struct blueprint *blueprint,
			   struct namemap *names, bool *dropped,
			   struct err *err)
{
	for (size_t i = 0; i < blueprint->count; i++) {
		const struct blueprint_object *object = &blueprint->items[i];
		bool lacks = false;

		if (!may_depend(object) || dropped[i])
			continue;
		if (find_lacking(&lacks, blueprint, object, err) < 0)
			return err->code;
		dropped[i] = lacks;
		if (lacks && object->kind == OBJECT_VIEW &&
		    namemap_add(names, object->name, i, err) < 0)
			return err->code;
	}
	return 0;
}

int dependants_keep_order(const struct blueprint *blueprint, const bool *again,
			  bool *dropped, struct err *err)
{
	struct namemap tables = { .cap = 0 };

	for (size_t i = 0; i < blueprint->count && !err->code; i++) {
		const struct blueprint_object *object = &blueprint->items[i];

		if (object->kind != OBJECT_TRIGGER)
			continue;
		if (namemap_find(&tables, object->table, NULL))
			dropped[i] = true;
		else if (again[i])
			(void)!namemap_add(&tables, object->table, i, err);
	}
	namemap_release(&tables);
	return err->code;
}
