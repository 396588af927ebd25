/*
 * Rows of the database that a plan is for. Its tables and columns are asked for
 * by the names they have after what the plan renames.
 */
#ifndef SCHEMA_LIVEROWS_H
#define SCHEMA_LIVEROWS_H

#include <stddef.h>
#include <stdint.h>

#include "schema/planner.h"
#include "util/buf.h"
#include "util/err.h"

struct liverows {
	uint64_t count;
	uint64_t listed; /* in `first` */
	char first[512]; /* what identifies them, as text */
};

/*
 * Finds the rows of a table of planner->from that fulfil the SQL condition, in
 * which the table has its name.
 */
int liverows_find(struct liverows *rows, struct planner *planner,
		  const char *table, const struct tabledef *def,
		  const char *where, struct err *err) MUST_CHECK;

/* The same for what stands behind FROM, and an expression to tell rows apart.
 */
int liverows_find_in(struct liverows *rows, struct planner *planner,
		     const char *from, const char *identity, const char *where,
		     struct err *err) MUST_CHECK;

/*
 * Appends such an expression: the primary key, else the rowid. It is for a
 * SELECT from the table under the name that it has in the database.
 */
void liverows_add_identity(struct buf *sql, const struct planner *planner,
			   const char *table, const struct tabledef *def);

/* How many rows the table has. */
int liverows_count(uint64_t *count, const struct planner *planner,
		   const char *table, struct err *err) MUST_CHECK;

/* Appends what stands behind FROM for the table: it, or a subquery. */
void liverows_add_table(struct buf *sql, const struct planner *planner,
			const char *table, const struct tabledef *def);

#endif
