/*
 * Values that foreign keys refer to: which are gone after changes of rows, and
 * which are there. Kept outside memory.
 */
#ifndef APPLY_EFFECTTUPLES_H
#define APPLY_EFFECTTUPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

struct effect_tuples;

/* A value of the columns that a foreign key refers to. */
struct tuple {
	const struct value *const *values;
	const enum collation *collations; /* under which it is compared */
	size_t count;
};

int effect_tuples_open(struct effect_tuples **tuples,
		       struct err *err) MUST_CHECK;
void effect_tuples_close(struct effect_tuples *tuples);

/* The value is gone, or became another one (`now`, else NULL). */
int effect_tuples_gone(struct effect_tuples *tuples, size_t reference,
		       const struct tuple *tuple, const struct tuple *now,
		       struct err *err) MUST_CHECK;

/* The value is there. */
int effect_tuples_there(struct effect_tuples *tuples, size_t reference,
			const struct tuple *tuple, struct err *err) MUST_CHECK;

/*
 * *found tells whether the value is gone and not there. Then *now is what it
 * became, in the arena, or NULL.
 */
int effect_tuples_find(struct effect_tuples *tuples, bool *found,
		       const struct value **now, size_t reference,
		       const struct tuple *tuple, struct arena *arena,
		       struct err *err) MUST_CHECK;

/*
 * Appends a list of SQL values that are gone, not there, and were not listed
 * before: as many as fit into `most` bytes, at least one. Nothing if there is
 * none. No byte of a value is in it but as a number or in hexadecimal.
 */
int effect_tuples_list(struct effect_tuples *tuples, size_t reference,
		       size_t most, struct buf *sql,
		       struct err *err) MUST_CHECK;

/* Notes a row by its key; *known tells whether it was noted before. */
int effect_tuples_know(struct effect_tuples *tuples, bool *known,
		       const char *table, const struct tuple *key,
		       struct err *err) MUST_CHECK;

#endif
