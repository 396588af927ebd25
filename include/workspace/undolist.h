/* The journal's entries as people read them. */
#ifndef WORKSPACE_UNDOLIST_H
#define WORKSPACE_UNDOLIST_H

#include <stdio.h>

#include "apply/journal.h"
#include "util/err.h"

/*
 * Writes what an entry is about, and how many rows of which tables its write
 * changed:
 *
 *	20261121T093005Z-8f3a61c2 done, 2026-11-21 10:30:05 +0100
 *	    git d1 apply to shop/remote, at 00000085-00000004-00004f1c-...
 *	    lines: 1 inserted, 2 updated, 0 deleted
 */
int undolist_write(FILE *out, struct journal *journal,
		   const struct journal_entry *entry,
		   struct err *err) MUST_CHECK;

#endif
