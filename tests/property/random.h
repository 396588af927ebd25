/*
 * Numbers and values by chance, the same for the same seed on every machine.
 */
#ifndef PROPERTY_RANDOM_H
#define PROPERTY_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/value.h"
#include "util/arena.h"

struct random {
	uint64_t state;
	unsigned big; /* values of hundreds of kilobytes still left */
};

uint64_t random_next(struct random *random);

/* From 0 to limit - 1. */
size_t random_below(struct random *random, size_t limit);

/* True once in `times`. */
bool random_once_in(struct random *random, size_t times);

/* What a column mostly holds; SQLite may turn it into something else. */
enum flavour {
	FLAVOUR_ANY,
	FLAVOUR_INTEGER,
	FLAVOUR_TEXT,
};

/* A value, with its bytes in the arena: often one that is easily mistaken. */
struct value random_value(struct random *random, enum flavour flavour,
			  struct arena *arena);

/* From few values, so that some come twice, or differ in case or blanks. */
struct value random_key_value(struct random *random, enum flavour flavour,
			      struct arena *arena);

/*
 * A value that a careless comparison takes for the one given: 1.0 for 1, ''
 * for NULL, a blob for a text, another letter case, a blank more.
 */
struct value random_neighbour(struct random *random, const struct value *value,
			      struct arena *arena);

/* True if type and every bit are the same. */
bool same_bits(const struct value *a, const struct value *b);

#endif
