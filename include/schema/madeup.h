/* Rows that are made up, for a rehearsal. */
#ifndef SCHEMA_MADEUP_H
#define SCHEMA_MADEUP_H

#include "model/value.h"
#include "schema/tabledef.h"

enum {
	MADEUP_ROWS = 2, /* of each table, counted from 1 */
	/* by type; NULL; numbers; texts: what one breaks, another may not */
	MADEUP_BY_TYPE = 0,
	MADEUP_NUMBERS = 2,
	MADEUP_VARIANTS = 4,
};

/* The texts that its values point into. */
struct madeup {
	char key[16];
	char other[32];
};

void madeup_init(struct madeup *self, int row);

/* The value of a column; keys and what refers to them are alike. */
struct value madeup_value(const struct madeup *self, const struct tabledef *def,
			  const struct tabledef_column *column, int row,
			  int variant);

#endif
