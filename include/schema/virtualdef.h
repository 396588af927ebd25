/* What a CREATE VIRTUAL TABLE statement says, as far as rows depend on it. */
#ifndef SCHEMA_VIRTUALDEF_H
#define SCHEMA_VIRTUALDEF_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/blueprint.h"
#include "util/arena.h"
#include "util/err.h"

struct virtualdef {
	const char *module; /* as it stands */
	bool is_fts5, is_rtree;
	const char *const *columns;
	size_t ncolumns;
	/* The table whose rows an FTS5 index shows; "": none; NULL: its own */
	const char *content;
	const char *content_rowid; /* the column that it says; NULL: none */
};

int virtualdef_read(struct virtualdef *def, struct arena *arena,
		    const struct blueprint_object *table,
		    struct err *err) MUST_CHECK;

#endif
