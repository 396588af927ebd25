/*
 * The rows of a table as a plan would make them, asked of the database that the
 * plan is for: with columns that are new, and values of a new type.
 */
#ifndef SCHEMA_NEXTROWS_H
#define SCHEMA_NEXTROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/liverows.h"
#include "schema/planner.h"
#include "util/err.h"

/* What the default of a column is once it is stored. */
struct nextrows_default {
	const char *literal; /* NULL: nobody knows */
	bool is_refused;     /* a STRICT table does not take it */
};

struct nextrows {
	struct planner *planner;
	const char *table; /* its name after what is renamed */
	const struct tabledef *a, *b;
	struct nextrows_default *defaults; /* by column of `b` */
	bool *used;	 /* by column of `b`: it is asked for */
	size_t as_given; /* a column before its type is applied, or SIZE_MAX */
	/* one that is compared with nothing but itself, or SIZE_MAX */
	size_t as_value;
};

/* Finds what the defaults that are needed are. */
int nextrows_init(struct nextrows *self, struct planner *planner,
		  const char *table, const struct tabledef *a,
		  const struct tabledef *b, struct err *err) MUST_CHECK;

/*
 * Asks for what the text mentions from now on, and for what that is made of.
 * *known is false if the text cannot be looked at: it needs what nobody knows,
 * or holds a SELECT, which may read anything, and for ever. *changes becomes
 * true if one of the columns is new, or may hold other values than before.
 */
int nextrows_use(struct nextrows *self, const char *text, size_t size,
		 bool *known, bool *changes, struct err *err) MUST_CHECK;

/* Asks for nothing any more. */
void nextrows_clear(struct nextrows *self);

/*
 * Appends what stands behind FROM. It has the columns that are asked for, and
 * git_d1_row, which identifies the row. Rows are left out of which it cannot be
 * told what they will be.
 */
int nextrows_add_from(struct buf *sql, const struct nextrows *self,
		      struct err *err) MUST_CHECK;

/* Finds the rows that fulfil the condition on columns that are asked for. */
int nextrows_find(struct liverows *rows, const struct nextrows *self,
		  const char *where, struct err *err) MUST_CHECK;

#endif
