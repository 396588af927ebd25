/*
 * Deleting rows that no key tells apart: so many of those that are equal, in
 * one pass over the table.
 */
#ifndef APPLY_EQUALROWS_H
#define APPLY_EQUALROWS_H

#include <stdint.h>

#include "apply/writtentable.h"

struct equal_rows;

/* For rows of the table, which is borrowed. */
int equal_rows_open(struct equal_rows **rows, struct written_table *written,
		    struct err *err) MUST_CHECK;
void equal_rows_close(struct equal_rows *rows);

/* Wants `count` rows gone that are equal to this one. */
int equal_rows_add(struct equal_rows *rows, const struct row *row,
		   uint64_t count, struct err *err) MUST_CHECK;

/* Deletes them. D1_ECONFLICT if some are not there. */
int equal_rows_delete(struct equal_rows *rows, struct err *err) MUST_CHECK;

#endif
