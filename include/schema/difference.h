/* In what two schemas differ, object by object. */
#ifndef SCHEMA_DIFFERENCE_H
#define SCHEMA_DIFFERENCE_H

#include <stddef.h>

#include "schema/blueprint.h"
#include "util/arena.h"
#include "util/err.h"

enum difference_kind {
	DIFFERENCE_REMOVED,
	DIFFERENCE_ADDED,
	DIFFERENCE_CHANGED,
	/* only constraints are called otherwise: nobody acts on that */
	DIFFERENCE_NAMED,
};

struct difference {
	enum difference_kind kind;
	const struct blueprint_object *a; /* NULL: added */
	const struct blueprint_object *b; /* NULL: removed */
	/*
	 * Lines of the two normal forms: "-..." stands in the first only,
	 * "+..." in the second only. None if only the order of lines changes.
	 */
	const char **lines;
	size_t nlines;
};

struct differences {
	struct arena arena;
	struct difference *items;
	size_t count;
	size_t named; /* of these, those that are DIFFERENCE_NAMED */
	size_t cap;
};

/*
 * Finds them: those of `a` in its order, then what is new in `b`. The caller
 * calls differences_release(), after an error too.
 */
int differences_find(struct differences *self, struct blueprint *a,
		     struct blueprint *b, struct err *err) MUST_CHECK;
void differences_release(struct differences *differences);

/* "table", "virtual table", "index", "view", "trigger". */
const char *difference_object(const struct difference *difference);

#endif
