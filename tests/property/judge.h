/*
 * Checks what a comparison found, from wherever it tells it, against what is
 * known: the same changes, no more, no fewer, and every value bit for bit.
 */
#ifndef PROPERTY_JUDGE_H
#define PROPERTY_JUDGE_H

#include "world.h"

struct observed_cell {
	const char *name;
	struct value value;
};

enum { OBSERVED_CELLS = 128 };

/* A change as a comparison told it. */
struct observed {
	const char *table;
	enum change_op op;
	bool keyed;
	uint64_t count;
	uint64_t before;
	struct observed_cell key[WORLD_KEY];
	size_t nkey;
	/* by OLD and NEW: what changed of an update, the whole row else */
	struct observed_cell cells[2][OBSERVED_CELLS];
	size_t ncells[2];
};

/* Takes it off the list; false, and says what it is, if it is not on it. */
bool judge_take(struct expectations *expectations,
		const struct observed *observed);

/* False, and says which, if some change was not found. */
bool judge_end(const struct expectations *expectations);

#endif
