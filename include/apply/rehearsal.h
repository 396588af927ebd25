/*
 * A rehearsal of migrations: they are run on a private copy of rows, under D1's
 * rules, and the rows are compared with what they were. A table that is made
 * anew while others refer to it takes their rows with it, without any error:
 * here that shows.
 */
#ifndef APPLY_REHEARSAL_H
#define APPLY_REHEARSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "migrate/replay.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/filetree.h"

enum { REHEARSAL_SHOWN = 3 };

/* What would become of the rows of a table. All strings are in the arena. */
struct rehearsed_table {
	const char *name;
	uint64_t rows;	   /* before */
	uint64_t vanished; /* not there any more */
	uint64_t changed;  /* there, with other values */
	uint64_t added;
	bool is_gone;		/* the table itself is not there any more */
	bool is_new;		/* it was not there before */
	const char *uncompared; /* why its rows could not be compared */
	const char *lost;	/* columns that are gone, or NULL */
	/* the first rows that vanish or change: "id=1 ref='M44'" */
	const char *shown[REHEARSAL_SHOWN];
	size_t nshown;
};

struct rehearsal {
	struct arena arena;
	struct rehearsed_table *tables; /* those to which something happens */
	size_t count;
	size_t cap;
};

/* What is rehearsed. All is borrowed. */
struct rehearsal_question {
	const struct replay *before; /* holds the rows, and is not changed */
	struct filetree *files;
	const char *folder; /* what messages call it */
	const char *const *names;
	size_t count; /* of the migrations to run */
	const char *ledger;
};

/*
 * Runs the migrations and compares. One that fails is D1_ERROR (or D1_EREFUSED,
 * D1_ECONFLICT) with file, line and statement. The caller releases the
 * rehearsal, after an error too.
 */
int rehearse(struct rehearsal *rehearsal,
	     const struct rehearsal_question *question,
	     struct err *err) MUST_CHECK;
void rehearsal_release(struct rehearsal *rehearsal);

/* True if rows of the table would vanish or change, or nobody can say. */
bool rehearsed_table_suffers(const struct rehearsed_table *table);

#endif
