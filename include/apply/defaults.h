/* What a column has in rows that were there before it was added. */
#ifndef APPLY_DEFAULTS_H
#define APPLY_DEFAULTS_H

#include "model/affinity.h"
#include "model/value.h"
#include "util/arena.h"
#include "util/err.h"

struct sqlite3;

/*
 * The default of a table's column, as it would be stored, in *value, which
 * lives in `arena`; NULL if it is not a constant.
 */
int column_default(const struct value **value, struct sqlite3 *db,
		   const char *table, const char *column, struct arena *arena,
		   struct err *err) MUST_CHECK;

/*
 * The same from the text of the default, as pragma_table_xinfo has it (NULL:
 * there is none), and the column's declared type.
 */
int default_read(const struct value **value, const char *text, const char *type,
		 struct arena *arena, struct err *err) MUST_CHECK;

/*
 * Makes of the value what a column of that affinity would hold, in `arena`:
 * SQLite itself is asked.
 */
int default_store(struct value *value, enum affinity affinity,
		  struct arena *arena, struct err *err) MUST_CHECK;

#endif
