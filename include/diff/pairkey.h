/* The choice of the key of a pair: which one, see diff/pair.h. */
#ifndef DIFF_PAIRKEY_H
#define DIFF_PAIRKEY_H

#include "diff/pair.h"

/*
 * Chooses the key of the tables, one of which may be NULL, into keys[side], as
 * positions in each table, in any order; a count of 0 is no key. Sets
 * pair->natural, and pair->reason if a key forbids the comparison.
 */
int pairkey_choose(struct key keys[2], struct table_pair *pair,
		   const struct table *const tables[2],
		   const struct pair_rules *rules, struct arena *arena,
		   struct err *err) MUST_CHECK;

/* True if the column at that position is one of the key. */
bool pairkey_has_column(const struct key *key, size_t column);

#endif
