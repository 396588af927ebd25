/*
 * Reads a schema from SQLite's own catalogue, through SELECTs that both the
 * linked library and D1 accept. D1 allows a few pragmas only, as table-valued
 * functions, and nobody to look at its own tables, whose names begin with _cf_.
 */
#ifndef SOURCE_CATALOGUE_H
#define SOURCE_CATALOGUE_H

#include "source/source.h"
#include "util/err.h"

/*
 * What can run them: those of one call on one state of the database. The rows
 * of a call that fails may have been taken in part. D1_ERROR is for what the
 * engine refuses.
 */
struct catalogue_engine {
	int (*select)(void *engine, const struct source_query *queries,
		      size_t count, struct err *err);
	void *engine;
};

/*
 * Reads the schema of the main database. The caller frees it with
 * schema_free(). A virtual table that the engine cannot open is TABLE_UNKNOWN
 * then, with the engine's message as the reason.
 */
int catalogue_read(struct schema **schema,
		   const struct catalogue_engine *engine,
		   struct err *err) MUST_CHECK;

#endif
