/* Whether the head of a data file is the one that its table is to have. */
#ifndef APPLY_HEADCHECK_H
#define APPLY_HEADCHECK_H

#include "apply/problem.h"
#include "apply/shape.h"
#include "format/datafile.h"

enum { HEADCHECK_LINE = 2 }; /* the line that names table and columns */

/*
 * Tells in what `header`, whose columns are columns of the table, differs from
 * the shape: columns, key, masks.
 */
void headcheck(const struct datafile_header *header, const struct shape *shape,
	       struct problems *problems);

#endif
