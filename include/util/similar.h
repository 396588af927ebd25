/*
 * The closest of several words, for "did you mean".
 *
 *	struct similar similar;
 *
 *	similar_init(&similar, "sttaus");
 *	similar_offer(&similar, "diff");
 *	similar_offer(&similar, "status");
 *	similar.best is now "status"
 */
#ifndef UTIL_SIMILAR_H
#define UTIL_SIMILAR_H

#include <stddef.h>

struct similar {
	const char *word;
	const char *best; /* NULL while nothing is close enough */
	size_t distance;  /* of `best`, or the first one too far */
};

/* Starts the search. `word` is borrowed for as long as words are offered. */
void similar_init(struct similar *similar, const char *word);

/*
 * Makes `candidate` the best one if it is closer than all before: fewer
 * letters inserted, left out, replaced or swapped with their neighbour. A word
 * of which more than about a third is wrong is not close. Borrowed as `best`.
 */
void similar_offer(struct similar *similar, const char *candidate);

#endif
