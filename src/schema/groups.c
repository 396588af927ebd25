#include "config.h"

#include "schema/groups.h"

void groups_init(size_t *groups, size_t count)
{
	for (size_t i = 0; i < count; i++)
		groups[i] = i;
}

size_t groups_find(size_t *groups, size_t at)
{
	while (groups[at] != at) {
		groups[at] = groups[groups[at]];
		at = groups[at];
	}
	return at;
}

void groups_join(size_t *groups, size_t a, size_t b)
{
	groups[groups_find(groups, a)] = groups_find(groups, b);
}
