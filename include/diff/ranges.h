/*
 * Which ranges of keys differ, found without fetching the rows of a remote
 * side (diff/fingerprint.h): for large tables, of which little differs.
 */
#ifndef DIFF_RANGES_H
#define DIFF_RANGES_H

#include "diff/compare.h"

struct key_ranges {
	struct arena arena;
	struct key_range *items; /* to be compared, as a scan has them */
	size_t count;
	uint64_t equal_rows; /* on each side, outside of them */
};

/*
 * Finds the ranges of a keyed pair. If it would not pay (both sides at hand or
 * both remote, a small table, long rows, most of it differs), or if one side
 * holds masks, there is one range without bounds. The caller releases them,
 * after an error too.
 */
int ranges_find(struct key_ranges *ranges, const struct comparison *comparison,
		const struct table_pair *pair, struct err *err) MUST_CHECK;
void ranges_release(struct key_ranges *ranges);

#endif
