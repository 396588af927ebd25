/* What SQLite makes of a value that is stored in a column. */
#ifndef MODEL_AFFINITY_H
#define MODEL_AFFINITY_H

#include <stdbool.h>

#include "model/value.h"

/* https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
enum affinity {
	AFFINITY_BLOB,
	AFFINITY_TEXT,
	AFFINITY_NUMERIC,
	AFFINITY_INTEGER,
	AFFINITY_REAL,
};

/* That of a column whose declared type is `type`, "" for none. */
enum affinity affinity_of_type(const char *type);

/* True for those that make numbers of texts that look like some. */
bool affinity_is_numeric(enum affinity affinity);

/*
 * True if a column of that affinity holds the value as it is, and does not
 * make a number of a text, a text of a number, an integer of a real, or a real
 * of an integer.
 */
bool affinity_keeps(enum affinity affinity, const struct value *value);

#endif
