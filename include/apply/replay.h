/*
 * Changes that were kept, told again to whoever shows changes: for review
 * before they are written, and as their inverse for the journal.
 */
#ifndef APPLY_REPLAY_H
#define APPLY_REPLAY_H

#include "apply/changes.h"
#include "diff/change.h"
#include "util/err.h"

enum replay_flag {
	/* what takes the changes back: rows as they are to be stand on the
	   OLD side */
	REPLAY_INVERSE = 1 << 0,
	/* generated columns are left out, but in a key: of changes that a
	   patch makes nobody knows them before they are written */
	REPLAY_WRITTEN = 1 << 1,
};

/*
 * Tells `sink` the changes of all lists, table by table in the order of their
 * names, those of a table in the order in which they were added, list by list.
 * Tables without changes are left out. Where a table is in more than one list,
 * columns that the first of them lacks are left out. `flags` is of enum
 * replay_flag.
 *
 * The buckets of changes are those of rows without a time stamp.
 */
int changes_replay(struct changes *const *lists, size_t nlists, unsigned flags,
		   struct change_sink *sink, struct err *err) MUST_CHECK;

#endif
