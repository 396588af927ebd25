/* Views and triggers that mention something, directly or through views. */
#ifndef SCHEMA_DEPENDANTS_H
#define SCHEMA_DEPENDANTS_H

#include <stdbool.h>

#include "schema/blueprint.h"
#include "schema/namemap.h"
#include "util/err.h"

/*
 * Sets dropped[place] for each view and trigger that mentions one of the names,
 * or a view that does; the names of such views are added. Those that are set
 * already are not looked at. A name that is mentioned as something else counts.
 */
int dependants_find(const struct blueprint *blueprint, struct namemap *names,
		    bool *dropped, struct err *err) MUST_CHECK;

/*
 * The same for views and triggers that select from what is not there: while
 * there are any, SQLite renames nothing, and drops no column.
 */
int dependants_find_broken(const struct blueprint *blueprint,
			   struct namemap *names, bool *dropped,
			   struct err *err) MUST_CHECK;

/*
 * The triggers of a table fire in an order that follows the one in which they
 * were made. Sets dropped[place] for each one that was made after one of the
 * same table that is made again, again[place]. Both may be the same array.
 */
int dependants_keep_order(const struct blueprint *blueprint, const bool *again,
			  bool *dropped, struct err *err) MUST_CHECK;

#endif
