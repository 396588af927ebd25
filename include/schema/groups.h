/*
 * Which numbers belong together: a list that has, for each, another one of its
 * group, or itself. All in one group is a list of zeros.
 */
#ifndef SCHEMA_GROUPS_H
#define SCHEMA_GROUPS_H

#include <stddef.h>

/* Makes each of them a group of its own. */
void groups_init(size_t *groups, size_t count);

/* The one that stands for the group, as long as nothing is joined. */
size_t groups_find(size_t *groups, size_t at);

/* Makes one group of the groups of the two; that of `b` stands for it. */
void groups_join(size_t *groups, size_t a, size_t b);

#endif
