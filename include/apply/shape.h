/*
 * What of a table goes into its data file, and in which form, by the table's
 * definition and the user's rules.
 */
#ifndef APPLY_SHAPE_H
#define APPLY_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "diff/pair.h"
#include "format/datafile.h"
#include "model/schema.h"
#include "util/arena.h"
#include "util/err.h"

struct shape {
	struct table as_file; /* the table as its file shows it */
	/* of as_file and the table: OLD is the file, NEW the table */
	struct table_pair pair;
	struct datafile_header header;
};

/*
 * All of it is in the arena or borrowed from the table and the rules. A table
 * that cannot be kept is D1_EREFUSED. The mask key's id in the header is "" if
 * the rules have a key without one.
 */
int shape_make(struct shape *shape, const struct table *table,
	       const struct pair_rules *rules, struct arena *arena,
	       struct err *err) MUST_CHECK;

/*
 * True if the rows of a file with that many of the table's columns name them,
 * INSERT INTO "t"("a","b").
 */
bool shape_lists_columns(const struct table *table, size_t ncolumns);

#endif
