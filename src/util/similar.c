#include "config.h"

#include "util/similar.h"

#include <string.h>

/* Longer words are never mistyped commands, options or tables. */
#define LONGEST 64

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be inserted, left out, replaced or swapped to make
 * `b` out of `a`. Row i of the usual table holds the distances of the first i
 * letters of `a` to each beginning of `b`; three rows are enough.
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][LONGEST + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = last[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = min(row[j], min(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = min(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_len];
}

void similar_init(struct similar *similar, const char *word)
{
	similar->word = word;
	similar->best = NULL;
	similar->distance = (strlen(word) + 2) / 3 + 1;
}

void similar_offer(struct similar *similar, const char *candidate)
{
	size_t word_len = strlen(similar->word);
	size_t len = strlen(candidate);
	size_t found;

	if (word_len > LONGEST || len > LONGEST)
		return;
	found = distance(similar->word, word_len, candidate, len);
	if (found < similar->distance) {
		similar->best = candidate;
		similar->distance = found;
	}
}
