/* New numbers for keys: which column takes one, and which are free. */
#ifndef APPLY_RENUMBERKEYS_H
#define APPLY_RENUMBERKEYS_H

#include <stddef.h>
#include <stdint.h>

#include "apply/changes.h"
#include "apply/target.h"
#include "source/source.h"
#include "util/err.h"

/*
 * The cell of the table's primary key that can be another number: its only
 * integer column that refers to nothing. ncolumns if there is none; *reason
 * says why then. `table` is the table as NEW has it, with all its columns.
 */
size_t renumberkeys_choose(const struct changed_table *changed,
			   const struct table *table,
			   const struct target_reference *const *references,
			   size_t nreferences, const char **reason);

/*
 * A reason why rows cannot be moved to another key, since some of their
 * columns are not among the changed ones; or NULL.
 */
const char *renumberkeys_refusal(const struct changed_table *changed,
				 const struct table *table);

/*
 * Raises *greatest to the greatest number that either database has in the
 * column, or that AUTOINCREMENT gave out there.
 */
int renumberkeys_greatest(int64_t *greatest, struct source *const sources[2],
			  const char *table, const char *column,
			  struct err *err) MUST_CHECK;

#endif
