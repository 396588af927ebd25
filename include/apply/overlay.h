/*
 * A source whose rows are those of another one with changes made to them, on
 * the way: nothing is written anywhere.
 */
#ifndef APPLY_OVERLAY_H
#define APPLY_OVERLAY_H

#include "apply/changes.h"
#include "source/source.h"
#include "util/err.h"

/*
 * The rows are those of `rows`; the schema is that of `engine`, which also
 * answers source_select() and source_find_duplicate(). Mostly both are one
 * source; if not, the tables of the schema are in both, with the same columns
 * in the same order. All is borrowed while the overlay is open. Scans are of
 * all rows. The changes of a table are in the order of its key, as a comparison
 * finds them; columns that they lack stay as they are, and are NULL in rows
 * that they insert.
 *
 * A scan by another key than that of the changes is D1_ERROR, and so is a
 * change of a row that is not there.
 */
int overlay_open(struct source **overlay, struct source *rows,
		 struct source *engine, struct changes *changes,
		 struct err *err) MUST_CHECK;

#endif
