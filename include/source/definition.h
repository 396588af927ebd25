/* What the text of a schema says of a table, without any database. */
#ifndef SOURCE_DEFINITION_H
#define SOURCE_DEFINITION_H

#include <stdbool.h>

#include "source/source.h"
#include "util/stream.h"

/*
 * Finds under which collations the key of a table is compared and ordered:
 * those of the index that enforces it, else of each column's own. `key` holds
 * the names of its columns, the answer is in collations[0] to
 * collations[nkey - 1]. *found is false, and nothing is set, if the script has
 * no such table, or stops before it.
 *
 * The stream is a schema.sql, which is taken, also if this fails; `name` is
 * what messages call it. It is run on a private database in memory, with the
 * rights of definitions only (source/execute.h).
 */
int definition_collate(enum collation *collations, bool *found,
		       struct stream *schema, const char *name,
		       const char *table, const char *const *key, size_t nkey,
		       struct err *err) MUST_CHECK;

#endif
