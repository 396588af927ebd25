/*
 * What a virtual table's CREATE statement says about its rows.
 *
 * FTS5 (https://www.sqlite.org/fts5.html, section 4.4) and R-Tree own rows; a
 * full-text index over another table's content, or without content, shows rows
 * that belong elsewhere; and what an unknown module does, nobody can say.
 */
#ifndef SOURCE_VIRTUAL_H
#define SOURCE_VIRTUAL_H

#include "model/schema.h"

/* Sets kind and reason of a virtual table from its SQL. */
void virtual_classify(struct table *table);

#endif
