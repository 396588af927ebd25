/* Which tables refer to which by foreign keys. */
#ifndef SCHEMA_FAMILY_H
#define SCHEMA_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/blueprint.h"
#include "util/err.h"

/* Tables are named by their places in the blueprint. */
struct family {
	const struct blueprint *blueprint;
	size_t *starts; /* where the parents of each begin */
	size_t *parents;
	size_t *child_starts;
	size_t *children;
	bool *done; /* of family_order() */
};

/* The caller calls family_release(), after an error too. */
int family_read(struct family *family, const struct blueprint *blueprint,
		struct err *err) MUST_CHECK;
void family_release(struct family *family);

/* The children of a table, as a list of *count places. */
const size_t *family_children(const struct family *family, size_t table,
			      size_t *count);

/* The parents of a table, in the same way. */
const size_t *family_parents(const struct family *family, size_t table,
			     size_t *count);

/* Sets found[place] for each parent of the table, and for theirs. */
int family_find_ancestors(const struct family *family, size_t table,
			  bool *found, struct err *err) MUST_CHECK;

/*
 * Writes the places for which `wanted` is true to `order`, parents before
 * children; in a circle, in the order of the blueprint. Returns how many.
 */
size_t family_order(const struct family *family, const bool *wanted,
		    size_t *order);

#endif
