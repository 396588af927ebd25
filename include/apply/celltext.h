/* Cells of a row in a message: city='berlin' ref='M44'. */
#ifndef APPLY_CELLTEXT_H
#define APPLY_CELLTEXT_H

#include <stddef.h>

#include "model/row.h"

enum { CELLTEXT_SIZE = 400 };

struct celltext {
	char text[CELLTEXT_SIZE];
};

/*
 * The `count` cells at `cells`, each with its name; names[i] is that of the
 * row's cell i. Returns the text, which is in the struct; a long one is cut.
 */
const char *celltext(struct celltext *out, const struct row *row,
		     const char *const *names, const size_t *cells,
		     size_t count);

#endif
