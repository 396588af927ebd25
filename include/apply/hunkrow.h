/*
 * A hunk of a patch against the row that a database has: whether the row is as
 * the hunk finds it, and what becomes of it.
 */
#ifndef APPLY_HUNKROW_H
#define APPLY_HUNKROW_H

#include <stdbool.h>

#include "apply/hunktable.h"
#include "format/patch.h"
#include "model/row.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum hunk_state {
	HUNK_APPLIES, /* the row is as before */
	HUNK_APPLIED, /* the row is as after */
	HUNK_ROW_MISSING,
	HUNK_ROW_EXISTS,
	HUNK_DIFFERS, /* some value is neither */
};

/* The hunk as it is applied: forwards, or with `from` PATCH_NEW backwards. */
struct hunk_row {
	const struct hunk_table *table;
	const struct patch_hunk *hunk;
	int from; /* the side that the database is expected to be on */
	enum patch_op op;
};

void hunk_row_init(struct hunk_row *self, const struct hunk_table *table,
		   const struct patch_hunk *hunk, bool reverse);

struct hunk_verdict {
	enum hunk_state state;
	/* of HUNK_DIFFERS: the first cell that is neither as before nor as
	 * after, else the first that is not as before */
	const char *column;
	const struct value *found;
	/* what the hunk has there; NULL: a text of which it has the hash */
	const struct value *expected;
	const char *sha256;
};

/*
 * Compares the hunk with the row, cells as table->scan has them; NULL: there
 * is none. `after`, room for scan.ncolumns values, is what the row is to be if
 * the hunk applies or is applied, but for a deleted one. What it points to is
 * in `arena`, or borrowed of hunk and row. D1_EREFUSED for a cell that no patch
 * may write, D1_ERROR for hunks that contradict the table.
 */
int hunk_row_judge(const struct hunk_row *self, const struct row *row,
		   struct value *after, struct arena *arena,
		   struct hunk_verdict *verdict, struct err *err) MUST_CHECK;

/*
 * What the lines of a hunk make of the text `found`, which is the one of side
 * `from`; in `arena`.
 */
int hunk_row_text(struct value *made, const struct patch_text *text, int from,
		  const struct value *found, struct arena *arena,
		  struct err *err) MUST_CHECK;

/*
 * The whole row of an insert or delete, in `cells`. *complete is false if the
 * hunk lacks some of the table's columns that can be written; has[i] tells for
 * each cell whether the hunk has it. `has` may be NULL.
 */
int hunk_row_cells(const struct hunk_row *self, struct value *cells, bool *has,
		   bool *complete, struct err *err) MUST_CHECK;

#endif
