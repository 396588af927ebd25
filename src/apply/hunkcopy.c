#include "config.h"

#include "apply/hunkcopy.h"

#include <stdbool.h>
#include <string.h>

/* NULL stays NULL. */
static bool copy_string(const char **copy, struct arena *arena,
			const char *string)
{
	*copy = string ? arena_string(arena, string) : NULL;
	return *copy || !string;
}

static bool copy_names(const char *const **copy, struct arena *arena,
		       const char *const *names, size_t count)
{
	const char **copies = arena_array(arena, count + 1, sizeof(*copies));

	*copy = copies;
	for (size_t i = 0; copies && i < count; i++)
		if (!copy_string(&copies[i], arena, names[i]))
			return false;
	return copies;
}

static const struct patch_summary *
copy_summary(struct arena *arena, const struct patch_summary *summary)
{
	struct patch_summary *copy = arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *summary;
	return copy_string(&copy->table, arena, summary->table) ? copy : NULL;
}

const struct patch_table *hunk_copy_table(struct arena *arena,
					  const struct patch_table *table)
{
	struct patch_table *copy = arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *table;
	if (table->summary) {
		copy->summary = copy_summary(arena, table->summary);
		if (!copy->summary)
			return NULL;
	}
	copy->text = arena_copy(arena, table->text, table->size);
	if (!copy->text ||
	    !copy_string(&copy->database, arena, table->database) ||
	    !copy_string(&copy->name, arena, table->name) ||
	    !copy_string(&copy->not_compared, arena, table->not_compared) ||
	    !copy_names(&copy->key, arena, table->key, table->nkey))
		return NULL;
	for (int side = PATCH_OLD; side <= PATCH_NEW; side++)
		if (!copy_string(&copy->labels[side], arena,
				 table->labels[side]) ||
		    !copy_names(&copy->only[side], arena, table->only[side],
				table->nonly[side]))
			return NULL;
	return copy;
}

static bool copy_named(const struct patch_named **copy, struct arena *arena,
		       const struct patch_named *named, size_t count)
{
	struct patch_named *copies =
		arena_array(arena, count + 1, sizeof(*copies));

	*copy = copies;
	for (size_t i = 0; copies && i < count; i++)
		if (!copy_string(&copies[i].name, arena, named[i].name) ||
		    !value_copy(&copies[i].value, &named[i].value, arena))
			return false;
	return copies;
}

static const struct patch_text *copy_text(struct arena *arena,
					  const struct patch_text *text)
{
	struct patch_text *copy = arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *text;
	copy->lines = arena_copy(arena, text->lines, text->size);
	return copy->lines ? copy : NULL;
}

static bool copy_cell(struct patch_cell *copy, struct arena *arena,
		      const struct patch_cell *cell)
{
	*copy = *cell;
	if (!copy_string(&copy->name, arena, cell->name))
		return false;
	for (int side = PATCH_OLD; side <= PATCH_NEW; side++) {
		struct value *value;

		if (!cell->values[side])
			continue;
		value = arena_alloc(arena, sizeof(*value));
		if (!value || !value_copy(value, cell->values[side], arena))
			return false;
		copy->values[side] = value;
	}
	if (cell->text)
		copy->text = copy_text(arena, cell->text);
	return copy->text || !cell->text;
}

const struct patch_hunk *hunk_copy(struct arena *arena,
				   const struct patch_hunk *hunk, size_t nkey)
{
	struct patch_hunk *copy = arena_alloc(arena, sizeof(*copy));
	struct patch_cell *cells =
		arena_array(arena, hunk->ncells + 1, sizeof(*cells));

	if (!copy || !cells)
		return NULL;
	*copy = *hunk;
	copy->cells = cells;
	copy->text = arena_copy(arena, hunk->text, hunk->size);
	if (!copy->text ||
	    (hunk->key && !copy_named(&copy->key, arena, hunk->key, nkey)) ||
	    (hunk->label && !copy_named(&copy->label, arena, hunk->label, 1)))
		return NULL;
	for (size_t i = 0; i < hunk->ncells; i++)
		if (!copy_cell(&cells[i], arena, &hunk->cells[i]))
			return NULL;
	return copy;
}
