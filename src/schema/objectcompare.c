#include "config.h"

#include "schema/objectcompare.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/blueprint.h"
#include "schema/sameness.h"

/* The objects of a list in the order of their names. */
struct sorted {
	const struct object **items;
	size_t count;
};

static int compare(const struct object *one, const struct object *other)
{
	int order = strcasecmp(one->name, other->name);

	if (order)
		return order;
	return one->kind < other->kind ? -1 : one->kind > other->kind;
}

static int compare_items(const void *one, const void *other)
{
	const struct object *const *a = one;
	const struct object *const *b = other;

	return compare(*a, *b);
}

static int sort(struct sorted *sorted, const struct objects *objects,
		const char *without, struct err *err)
{
	sorted->count = 0;
	sorted->items = calloc(objects->count + 1, sizeof(*sorted->items));
	if (!sorted->items)
		return err_set_nomem(err);
	for (size_t i = 0; i < objects->count; i++)
		if (!without ||
		    strcasecmp(objects->items[i].table, without) != 0)
			sorted->items[sorted->count++] = &objects->items[i];
	qsort(sorted->items, sorted->count, sizeof(*sorted->items),
	      compare_items);
	return 0;
}

/* ---- texts that differ ---- */

/* What both lists define, taken apart when two texts of a name differ. */
struct meaning {
	const struct objects *objects[2];
	struct blueprint sides[2];
	bool is_read;
};

static int read_side(struct blueprint *side, const struct objects *objects,
		     struct err *err)
{
	for (size_t i = 0; i < objects->count; i++) {
		const char *sql = objects->items[i].sql;

		if (blueprint_add(side, sql, strlen(sql), 0, err) < 0)
			return err->code;
	}
	return blueprint_finish(side, err);
}

static int compare_meaning(struct meaning *self, bool *same,
			   const struct object *one, const struct object *other,
			   struct err *err)
{
	bool trigger = one->kind == OBJECT_TRIGGER;
	struct blueprint_object *a, *b;

	if (!self->is_read) {
		self->is_read = true;
		for (int i = 0; i < 2; i++)
			if (read_side(&self->sides[i], self->objects[i], err) <
			    0)
				return err->code;
	}
	a = blueprint_find(&self->sides[0], one->name, trigger);
	b = blueprint_find(&self->sides[1], other->name, trigger);
	if (!a || !b)
		return 0;
	return sameness_compare(same, &self->sides[0], a, &self->sides[1], b,
				err);
}

/* What cannot be taken apart is told by its text. */
static int is_same(struct meaning *self, bool *same, const struct object *one,
		   const struct object *other, struct err *err)
{
	struct err own = ERR_INIT;

	*same = strcmp(one->sql, other->sql) == 0;
	if (*same)
		return 0;
	if (compare_meaning(self, same, one, other, &own) < 0) {
		*same = false;
		if (own.code == D1_ENOMEM)
			*err = own;
	}
	return err->code;
}

/* ---- all of it ---- */

static int walk(const struct sorted *ones, const struct sorted *others,
		struct meaning *meaning, objects_difference_fn *use,
		void *context, struct err *err)
{
	size_t i = 0;
	size_t j = 0;

	while (i < ones->count || j < others->count) {
		const struct object *one =
			i < ones->count ? ones->items[i] : NULL;
		const struct object *other =
			j < others->count ? others->items[j] : NULL;
		int order = !one ? 1 : !other ? -1 : compare(one, other);
		bool same = false;

		if (order < 0)
			other = NULL;
		if (order > 0)
			one = NULL;
		i += one != NULL;
		j += other != NULL;
		if (one && other &&
		    is_same(meaning, &same, one, other, err) < 0)
			return err->code;
		if (!same && use(context, one, other, err) < 0)
			return err->code;
	}
	return 0;
}

int objects_compare(const struct objects *one, const struct objects *other,
		    const char *without, objects_difference_fn *use,
		    void *context, struct err *err)
{
	struct meaning meaning = { .objects = { one, other } };
	struct sorted ones = { .items = NULL };
	struct sorted others = { .items = NULL };

	for (int i = 0; i < 2; i++)
		blueprint_init(&meaning.sides[i], "the schema");
	if (sort(&ones, one, without, err) == 0 &&
	    sort(&others, other, without, err) == 0)
		(void)!walk(&ones, &others, &meaning, use, context, err);
	for (int i = 0; i < 2; i++)
		blueprint_release(&meaning.sides[i]);
	free(ones.items);
	free(others.items);
	return err->code;
}
