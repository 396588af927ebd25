/* A row that two sides hold differently, and that cannot be decided. */
#ifndef APPLY_ROWCONFLICT_H
#define APPLY_ROWCONFLICT_H

#include <stdbool.h>

#include "apply/changes.h"

/* All is borrowed for the call. */
struct row_conflict {
	const struct changed_table *table;
	bool keyed;
	bool inserted; /* by both, since they had something in common */
	const struct row
		*rows[2]; /* as OLD and NEW hold it; NULL: not at all */
	const bool
		*columns; /* of each cell: is it in conflict? NULL: the row */
};

#endif
