/*
 * Reads a schema from SQLite's own catalogue, through SELECTs that the linked
 * library and D1 (d1-style authorizer: only some pragmas, as table-valued
 * functions, and no look at _cf_ tables) both accept.
 */
#ifndef SOURCE_CATALOGUE_H
#define SOURCE_CATALOGUE_H

#include "source/source.h"
#include "util/err.h"

/* A SELECT, and who takes its rows. */
struct catalogue_query {
	const char *sql;
	source_row_fn *row;
	void *context;
};

/* What can run them, all on one state of the database. */
struct catalogue_engine {
	int (*select)(void *engine, const struct catalogue_query *queries,
		      size_t count, struct err *err);
	void *engine;
};

/*
 * Reads the schema of the main database. The caller frees it with
 * schema_free().
 */
int catalogue_read(struct schema **schema,
		   const struct catalogue_engine *engine,
		   struct err *err) MUST_CHECK;

#endif
