/* The columns of a CREATE TABLE statement, one by one. */
#ifndef SCHEMA_COLUMNDEF_H
#define SCHEMA_COLUMNDEF_H

#include <stddef.h>

#include "schema/constraintdef.h"
#include "schema/tabledef.h"
#include "util/err.h"

/*
 * Reads the column from reader->at to reader->end, with its constraints; its
 * name is there already.
 */
int columndef_read(struct defreader *self, struct tabledef_column *column,
		   size_t place, struct err *err) MUST_CHECK;

#endif
