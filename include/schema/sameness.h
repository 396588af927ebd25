/* Whether two definitions mean the same, however they are written. */
#ifndef SCHEMA_SAMENESS_H
#define SCHEMA_SAMENESS_H

#include <stdbool.h>

#include "schema/blueprint.h"
#include "schema/tabledef.h"
#include "util/err.h"

/*
 * Compares two objects of one name. Blanks, comments, the letter case and the
 * quotes of names, the order of what is said of a column, where a constraint
 * stands and what it is called do not count; nor do redundant parentheses and
 * qualifiers in a view, and FOR EACH ROW. All else does.
 */
int sameness_compare(bool *same, struct blueprint *from,
		     struct blueprint_object *a, struct blueprint *to,
		     struct blueprint_object *b, struct err *err) MUST_CHECK;

/* The same for two tables that were taken apart. */
bool sameness_of_columns(const struct tabledef_column *a,
			 const struct tabledef_column *b);

#endif
