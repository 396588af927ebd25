#include "config.h"

#include "schema/family.h"

#include <stdlib.h>
#include <string.h>

/* The next table that the object refers to behind *at; false: none. */
static bool next_parent(const struct blueprint *blueprint,
			const struct blueprint_object *object, size_t *at,
			size_t *parent)
{
	const struct words *words = &object->words;

	for (; *at < words->count; (*at)++) {
		struct buf name;
		bool found;

		if (!words_is(words, *at, "REFERENCES") ||
		    !words_is_name(words, *at + 1))
			continue;
		buf_init(&name, 1 << 20);
		sqltoken_add_name(&name, &words->items[*at + 1]);
		found = name.data &&
			namemap_find(&blueprint->names, name.data, parent) &&
			blueprint->items[*parent].kind == OBJECT_TABLE;
		buf_release(&name);
		if (found) {
			(*at)++;
			return true;
		}
	}
	return false;
}

static int count_links(struct family *family, struct err *err)
{
	const struct blueprint *blueprint = family->blueprint;
	size_t count = 0;

	for (size_t i = 0; i < blueprint->count; i++) {
		size_t at = 0, parent;

		family->starts[i] = count;
		if (blueprint->items[i].kind != OBJECT_TABLE)
			continue;
		while (next_parent(blueprint, &blueprint->items[i], &at,
				   &parent)) {
			family->child_starts[parent + 1]++;
			count++;
		}
	}
	family->starts[blueprint->count] = count;
	for (size_t i = 0; i < blueprint->count; i++)
		family->child_starts[i + 1] += family->child_starts[i];
	family->parents = calloc(count + 1, sizeof(size_t));
	family->children = calloc(count + 1, sizeof(size_t));
	if (!family->parents || !family->children)
		return err_set_nomem(err);
	return 0;
}

static int fill(struct family *family, struct err *err)
{
	const struct blueprint *blueprint = family->blueprint;
	size_t *used = calloc(blueprint->count + 1, sizeof(size_t));
	size_t count = 0;

	if (!used)
		return err_set_nomem(err);
	for (size_t i = 0; i < blueprint->count; i++) {
		size_t at = 0, parent;

		if (blueprint->items[i].kind != OBJECT_TABLE)
			continue;
		while (next_parent(blueprint, &blueprint->items[i], &at,
				   &parent)) {
			family->parents[count++] = parent;
			family->children[family->child_starts[parent] +
					 used[parent]++] = i;
		}
	}
	free(used);
	return 0;
}

int family_read(struct family *family, const struct blueprint *blueprint,
		struct err *err)
{
	*family = (struct family){ .blueprint = blueprint };
	family->starts = calloc(blueprint->count + 1, sizeof(size_t));
	family->child_starts = calloc(blueprint->count + 2, sizeof(size_t));
	family->done = calloc(blueprint->count + 1, sizeof(bool));
	if (!family->starts || !family->child_starts || !family->done)
		return err_set_nomem(err);
	if (count_links(family, err) < 0)
		return err->code;
	return fill(family, err);
}

void family_release(struct family *family)
{
	free(family->starts);
	free(family->parents);
	free(family->child_starts);
	free(family->children);
	free(family->done);
	*family = (struct family){ .blueprint = NULL };
}

const size_t *family_children(const struct family *family, size_t table,
			      size_t *count)
{
	*count = family->child_starts[table + 1] - family->child_starts[table];
	return family->children + family->child_starts[table];
}

const size_t *family_parents(const struct family *family, size_t table,
			     size_t *count)
{
	*count = family->starts[table + 1] - family->starts[table];
	return family->parents + family->starts[table];
}

int family_find_ancestors(const struct family *family, size_t table,
			  bool *found, struct err *err)
{
	size_t *queue = calloc(family->blueprint->count + 1, sizeof(*queue));
	size_t end = 0;

	if (!queue)
		return err_set_nomem(err);
	queue[end++] = table;
	for (size_t at = 0; at < end; at++) {
		size_t count;
		const size_t *parents =
			family_parents(family, queue[at], &count);

		for (size_t i = 0; i < count; i++) {
			if (found[parents[i]])
				continue;
			found[parents[i]] = true;
			if (parents[i] != table)
				queue[end++] = parents[i];
		}
	}
	free(queue);
	return 0;
}

/* True if a wanted parent of the table, not itself, is not in order yet. */
static bool waits(const struct family *family, const bool *wanted,
		  const bool *done, size_t table)
{
	size_t count;
	const size_t *parents = family_parents(family, table, &count);

	for (size_t i = 0; i < count; i++)
		if (parents[i] != table && wanted[parents[i]] &&
		    !done[parents[i]])
			return true;
	return false;
}

size_t family_order(const struct family *family, const bool *wanted,
		    size_t *order)
{
	size_t total = family->blueprint->count;
	bool *done = family->done;
	size_t count = 0, before;
	bool force = false;

	memset(done, 0, (total + 1) * sizeof(bool));
	/* each round takes all that wait for nothing, else one of a circle */
	do {
		before = count;
		for (size_t i = 0; i < total; i++) {
			if (!wanted[i] || done[i] ||
			    (!force && waits(family, wanted, done, i)))
				continue;
			done[i] = true;
			order[count++] = i;
			if (force)
				break;
		}
		force = count == before && !force;
	} while (count > before || force);
	return count;
}
