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

#endif
