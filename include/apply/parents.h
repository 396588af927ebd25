/*
 * Foreign keys of a snapshot's rows: whether they point to a row, where that
 * can be told, because the parent has a file whose rows are loaded.
 */
#ifndef APPLY_PARENTS_H
#define APPLY_PARENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/checkedfile.h"
#include "util/arena.h"

/* A table whose rows are loaded. */
struct parent {
	const struct table *table; /* as defined */
	const char *path;	   /* of its file */
	const bool *held; /* for each column: its values are in the file */
};

struct parents {
	struct arena arena;
	struct parent *items;
	size_t count;
	size_t cap;
};

void parents_release(struct parents *parents);

/* Notes that all rows of the file were loaded into the database. */
int parents_add(struct parents *parents, const struct checkedfile *file,
		struct err *err) MUST_CHECK;

/*
 * Reads the rows of the file, which was opened again and fits its definition,
 * and tells of each foreign key that points to none of the loaded rows.
 */
int parents_check(const struct parents *parents, struct checkedfile *file,
		  const struct checkedschema *definitions,
		  struct problems *problems, struct err *err) MUST_CHECK;

#endif
