/*
 * A hunk that does not apply, merged: what it changes, into a row that was
 * changed meanwhile. The patch's old side is the base; where it holds a part
 * of a text only, a snapshot from before has the whole.
 */
#ifndef APPLY_HUNKMERGE_H
#define APPLY_HUNKMERGE_H

#include <stdbool.h>

#include "apply/hunkrow.h"
#include "source/source.h"

/*
 * Merges the hunk into the row: cells that are as before become as after,
 * those that are as after stay, and texts of several lines in which both
 * changed other lines get both changes. *merged is false if some cell cannot be
 * merged, or if the hunk inserts or deletes the row. `base` may be NULL.
 * `after` and `arena` are those of hunk_row_judge(), which has judged the row
 * before.
 */
int hunk_merge(const struct hunk_row *hunk, const struct row *row,
	       struct source *base, struct value *after, struct arena *arena,
	       bool *merged, struct err *err) MUST_CHECK;

#endif
