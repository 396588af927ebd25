/*
 * Changes that were kept, told again to whoever shows changes: for review
 * before they are written, and as their inverse for the journal.
 */
#ifndef APPLY_REPLAY_H
#define APPLY_REPLAY_H

#include "apply/changes.h"
#include "diff/change.h"
#include "util/err.h"

/*
 * Tells `sink` the changes of all lists, table by table in the order of their
 * names, those of a table in the order in which they were added, list by list;
 * with `inverse` what takes them back: the rows as they are to be stand on the
 * OLD side then. Tables without changes are left out. Where a table is in more
 * than one list, columns that the first of them lacks are left out.
 *
 * The buckets of changes are those of rows without a time stamp.
 */
int changes_replay(struct changes *const *lists, size_t nlists, bool inverse,
		   struct change_sink *sink, struct err *err) MUST_CHECK;

#endif
