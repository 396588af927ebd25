#include "config.h"

#include "apply/newchildren.h"

#include <stdlib.h>
#include <string.h>

#include "apply/effects.h"
#include "apply/plan.h"
#include "apply/survey.h"
#include "util/arena.h"

enum { MAX_NAME = 1 << 16 };

/* Rows by what a message calls them. */
struct names {
	struct arena arena;
	const char **items;
	size_t count, cap;
};

struct search {
	struct names foreseen;
	struct plan_entry entry; /* of the table at hand, for its name alone */
	struct buf name;
	struct buf *text;
	uint64_t count, most;
};

/* Writes the name of the change's row. */
static int write_name(struct search *search, const struct row_change *change,
		      struct err *err)
{
	buf_clear(&search->name);
	survey_add_row(&search->name, &search->entry, change->old);
	return buf_check(&search->name, "the name of a row", err);
}

static int foresee(void *context, const struct row_change *change,
		   struct err *err)
{
	struct search *search = context;
	struct names *names = &search->foreseen;

	if (!change->old)
		return 0;
	if (names->count == names->cap) {
		size_t cap = names->cap ? 2 * names->cap : 64;
		const char **grown =
			reallocarray(names->items, cap, sizeof(*grown));

		if (!grown)
			return err_set_nomem(err);
		names->items = grown;
		names->cap = cap;
	}
	if (write_name(search, change, err) < 0)
		return err->code;
	names->items[names->count] =
		arena_string(&names->arena, search->name.data);
	if (!names->items[names->count++])
		return err_set_nomem(err);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int tell(void *context, const struct row_change *change, struct err *err)
{
	struct search *search = context;
	const char *name;

	if (!change->old)
		return 0;
	if (write_name(search, change, err) < 0)
		return err->code;
	name = search->name.data;
	if (search->foreseen.count > 0 &&
	    bsearch(&name, search->foreseen.items, search->foreseen.count,
		    sizeof(name), compare_names))
		return 0;
	if (search->count++ < search->most)
		buf_add_format(search->text, "%s%s",
			       search->text->len > 0 ? "; " : "", name);
	return 0;
}

static int each_row(struct search *search, struct changes *changes,
		    row_change_fn *use, struct err *err)
{
	for (size_t i = 0; i < changes_tables(changes); i++) {
		search->entry.table = changes_table(changes, i);
		if (changes_each_row(changes, i, use, search, err) < 0)
			return err->code;
	}
	return 0;
}

int new_children_add(struct buf *text, uint64_t *count,
		     struct changes *const *lists, size_t nlists,
		     struct source *source, uint64_t most, struct err *err)
{
	struct search search = { .text = text, .most = most };
	struct changes *found = NULL;

	*count = 0;
	buf_init(&search.name, MAX_NAME);
	for (size_t i = 1; i < nlists; i++)
		if (each_row(&search, lists[i], foresee, err) < 0)
			goto out;
	if (search.foreseen.count > 0)
		qsort(search.foreseen.items, search.foreseen.count,
		      sizeof(*search.foreseen.items), compare_names);
	if (effects_find(&found, lists[0], source, err) == 0 &&
	    each_row(&search, found, tell, err) == 0)
		*count = search.count;
out:
	changes_close(found);
	free(search.foreseen.items);
	arena_release(&search.foreseen.arena);
	buf_release(&search.name);
	return err->code;
}
