/*
 * A table of a database as the hunks of a patch address it: by the names of
 * its columns, and by the key that the patch names.
 */
#ifndef APPLY_HUNKTABLE_H
#define APPLY_HUNKTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "apply/changes.h"
#include "diff/pair.h"
#include "format/patch.h"
#include "source/source.h"
#include "util/arena.h"
#include "util/err.h"

/* What a patch may do to a column. */
enum hunk_column {
	HUNK_COLUMN_WRITTEN,
	HUNK_COLUMN_GENERATED, /* it follows from others */
	/* ignored, masked or an id that the key replaces: a writer has none */
	HUNK_COLUMN_LEFT,
};

struct hunk_table {
	const struct patch_table *patch; /* a copy */
	const struct table *table;
	struct arena arena;
	/* what each column of the table is to a patch */
	enum hunk_column *uses;
	const size_t *by_name; /* its columns, in the order of their names */
	size_t *cells;	       /* of each column; scan.ncolumns: not read */
	/* how rows are read: every cell but those that are left, and generated
	   ones that the source does not hold */
	struct scan scan;
	struct changed_table changed; /* the same columns and key */
	bool is_enforced;	      /* an index finds rows by that key */
	struct source *source;
	/* of each cell, once an insert needed one; NULL: there is none */
	const struct value **defaults;
};

/*
 * Finds the table that the patch means in `source`, which is called `label` in
 * messages, and checks that rows can be found by the patch's key. All but
 * `patch` is borrowed. D1_EREFUSED, which says why, if the patch cannot be
 * meant for this database. The caller releases it, after an error too.
 */
int hunk_table_find(struct hunk_table *self, const struct patch_table *patch,
		    struct source *source, const char *label,
		    const struct pair_rules *rules, struct err *err) MUST_CHECK;
void hunk_table_release(struct hunk_table *self);

/*
 * The cell of the column of that name in *cell; cells as scan.columns has
 * them. It is scan.ncolumns for a column that is not read. D1_EREFUSED if there
 * is no such column.
 */
int hunk_table_cell(const struct hunk_table *self, const char *name,
		    size_t *cell, struct err *err) MUST_CHECK;

/*
 * What a cell has in a row that is inserted without it. D1_EREFUSED if that is
 * not known.
 */
int hunk_table_default(struct hunk_table *self, size_t cell,
		       const struct value **value, struct err *err) MUST_CHECK;

#endif
