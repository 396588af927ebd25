/*
 * Carrying out renames in a plan: the statements, and the schema that a
 * database has after them, as SQLite itself writes it.
 */
#ifndef SCHEMA_RENAMING_H
#define SCHEMA_RENAMING_H

#include "schema/blueprint.h"
#include "schema/schemaplan.h"
#include "util/err.h"

/*
 * Adds the steps for what is renamed, and puts into `after` what `from` is
 * then: views and triggers that mention what is renamed are dropped first, and
 * not in it. *done is false if there is nothing to rename; `after` is empty
 * then. A rename whose old name is gone already is none; if both names are
 * there, it is refused, but for one that options->drops names: that has a name
 * for a while in `after`, and schemaplan_old_name() tells what it was called.
 * The caller releases `after`, after an error too.
 */
int renaming_apply(struct blueprint *after, bool *done, struct schemaplan *plan,
		   struct blueprint *from, struct blueprint *to,
		   const struct schemaplan_options *options,
		   struct err *err) MUST_CHECK;

#endif
