/* Lists of names, or of patterns for names, as the configuration has them. */
#ifndef CONFIG_NAMELIST_H
#define CONFIG_NAMELIST_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"

struct name_list {
	const char **names;
	size_t count;
};

/*
 * Adds a name that lives as long as the arena. NULL is one for which memory ran
 * out.
 */
int name_list_add(struct name_list *list, const char *name, struct arena *arena,
		  struct err *err) MUST_CHECK;

/* True if one of the patterns in the list matches the name. */
bool name_list_match(const struct name_list *list, const char *name);

#endif
