#include "config.h"

#include "schema/namemap.h"

#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

enum { LEAST_CAP = 32 };

/* FNV-1a over the letters in lower case. */
static size_t hash_name(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c + ('a' - 'A'));
		hash = (hash ^ c) * 0x100000001b3U;
	}
	return (size_t)(hash ^ (hash >> 32));
}

/* The slot of the name, or the free one where it would be. */
static struct namemap_slot *find_slot(const struct namemap *map,
				      const char *name)
{
	size_t at = hash_name(name) & (map->cap - 1);

	while (map->slots[at].name &&
	       strcasecmp(map->slots[at].name, name) != 0)
		at = (at + 1) & (map->cap - 1);
	return &map->slots[at];
}

static int grow(struct namemap *map, struct err *err)
{
	struct namemap larger = { .cap = map->cap ? map->cap * 2 : LEAST_CAP,
				  .count = map->count };

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (!larger.slots)
		return err_set_nomem(err);
	for (size_t i = 0; i < map->cap; i++)
		if (map->slots[i].name)
			*find_slot(&larger, map->slots[i].name) = map->slots[i];
	free(map->slots);
	*map = larger;
	return 0;
}

int namemap_add(struct namemap *map, const char *name, size_t value,
		struct err *err)
{
	struct namemap_slot *slot;

	if (2 * (map->count + 1) > map->cap && grow(map, err) < 0)
		return err->code;
	slot = find_slot(map, name);
	if (!slot->name) {
		*slot = (struct namemap_slot){ name, value };
		map->count++;
	}
	return 0;
}

bool namemap_find(const struct namemap *map, const char *name, size_t *value)
{
	const struct namemap_slot *slot;

	if (map->count == 0)
		return false;
	slot = find_slot(map, name);
	if (slot->name && value)
		*value = slot->value;
	return slot->name != NULL;
}

void namemap_release(struct namemap *map)
{
	free(map->slots);
	*map = (struct namemap){ .cap = 0 };
}
