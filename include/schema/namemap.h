/*
 * From names to numbers. Names are equal as SQL has it: ASCII letter case does
 * not count.
 */
#ifndef SCHEMA_NAMEMAP_H
#define SCHEMA_NAMEMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "util/compiler.h"
#include "util/err.h"

struct namemap_slot {
	const char *name; /* NULL: free */
	size_t value;
};

struct namemap {
	struct namemap_slot *slots;
	size_t cap; /* a power of two, or 0 */
	size_t count;
};

/*
 * Notes the value of the name, which is borrowed as long as the map lives; one
 * that is noted already stays as it is. The caller calls namemap_release(),
 * after an error too; a zeroed map is empty.
 */
int namemap_add(struct namemap *map, const char *name, size_t value,
		struct err *err) MUST_CHECK;

/* The value of the name, in *value unless that is NULL; false: it has none. */
bool namemap_find(const struct namemap *map, const char *name, size_t *value);
void namemap_release(struct namemap *map);

#endif
