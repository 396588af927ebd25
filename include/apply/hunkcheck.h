/*
 * What a patch must not ask for, though each of its hunks fits its row: the
 * database could not keep the promise that rows end as the patch says.
 */
#ifndef APPLY_HUNKCHECK_H
#define APPLY_HUNKCHECK_H

#include <stddef.h>

#include "apply/changes.h"
#include "apply/hunktable.h"
#include "format/patch.h"
#include "model/row.h"
#include "util/arena.h"
#include "util/err.h"

/*
 * D1_EREFUSED, which names the column, if it would make another value of one
 * that the change writes: an integer of the text '12', say. `arena` is used
 * while it is asked.
 */
int hunk_check_stored(const struct hunk_table *table,
		      const struct row_change *change, struct arena *arena,
		      struct err *err) MUST_CHECK;

/*
 * D1_EREFUSED if an insert or a delete shows the key of its row alone, though
 * the table has more: a patch that was cut off between two lines must not
 * delete a row unseen.
 */
int hunk_check_bare(const struct hunk_table *table,
		    const struct patch_hunk *hunk, struct err *err) MUST_CHECK;

/*
 * D1_EREFUSED if the hunk, which is about rows without a key, counts more of
 * them than a database of D1 can hold; `row` is one of them.
 */
int hunk_check_count(const struct patch_hunk *hunk, const struct row *row,
		     struct err *err) MUST_CHECK;

/*
 * D1_ERROR, which names the row, if two changes of the table, number `place`,
 * are about one row, found by its key. For patches whose hunks are not in the
 * order of the rows.
 */
int hunk_check_twice(struct changes *changes, size_t place,
		     struct err *err) MUST_CHECK;

#endif
