/* Whether two databases define the same. */
#ifndef SCHEMA_OBJECTCOMPARE_H
#define SCHEMA_OBJECTCOMPARE_H

#include "schema/objects.h"
#include "util/err.h"

/*
 * Is told of an object that one side lacks (NULL), or that the sides define
 * otherwise. An error ends it.
 */
typedef int objects_difference_fn(void *context, const struct object *one,
				  const struct object *other, struct err *err);

/*
 * Compares two lists by kind, name (ASCII letter case ignored) and what their
 * texts mean (schema/sameness.h), the differences in the order of the names.
 * Objects that hang on the table `without` (NULL: none) do not count.
 */
int objects_compare(const struct objects *one, const struct objects *other,
		    const char *without, objects_difference_fn *use,
		    void *context, struct err *err) MUST_CHECK;

#endif
