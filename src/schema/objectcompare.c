#include "config.h"

#include "schema/objectcompare.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static int walk(const struct sorted *ones, const struct sorted *others,
		objects_difference_fn *use, void *context, struct err *err)
{
	size_t i = 0;
	size_t j = 0;

	while (i < ones->count || j < others->count) {
		const struct object *one =
			i < ones->count ? ones->items[i] : NULL;
		const struct object *other =
			j < others->count ? others->items[j] : NULL;
		int order = !one ? 1 : !other ? -1 : compare(one, other);

		if (order < 0)
			other = NULL;
		if (order > 0)
			one = NULL;
		i += one != NULL;
		j += other != NULL;
		if ((!one || !other || strcmp(one->sql, other->sql) != 0) &&
		    use(context, one, other, err) < 0)
			return err->code;
	}
	return 0;
}

int objects_compare(const struct objects *one, const struct objects *other,
		    const char *without, objects_difference_fn *use,
		    void *context, struct err *err)
{
	struct sorted ones = { .items = NULL };
	struct sorted others = { .items = NULL };

	if (sort(&ones, one, without, err) == 0 &&
	    sort(&others, other, without, err) == 0)
		(void)!walk(&ones, &others, use, context, err);
	free(ones.items);
	free(others.items);
	return err->code;
}
