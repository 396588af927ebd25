/* The rows of a table on a stage (schema/stage.h), to be compared. */
#ifndef SCHEMA_STAGEROWS_H
#define SCHEMA_STAGEROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"

struct sqlite3;

/* Their cells, types and all, in whatever order the rows came. */
struct stagerows {
	const char *data; /* NULL: they could not be read */
	size_t size;
};

/* Reads what a SELECT gives, into the arena. */
int stagerows_read(struct stagerows *rows, struct sqlite3 *db, const char *sql,
		   struct arena *arena, struct err *err) MUST_CHECK;

/* False if one of them could not be read. */
bool stagerows_are_same(const struct stagerows *a, const struct stagerows *b);

#endif
