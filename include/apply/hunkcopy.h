/* Copies of what a patch reader lends only until it reads on. */
#ifndef APPLY_HUNKCOPY_H
#define APPLY_HUNKCOPY_H

#include "format/patch.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

/* Each is NULL if out of memory. */
const struct patch_table *hunk_copy_table(struct arena *arena,
					  const struct patch_table *table);

/* `nkey` is that of the hunk's table. */
const struct patch_hunk *hunk_copy(struct arena *arena,
				   const struct patch_hunk *hunk, size_t nkey);

/* Copies the value with its bytes; false if out of memory. */
bool hunk_copy_value(struct value *copy, struct arena *arena,
		     const struct value *value) MUST_CHECK;

/* Makes a text of what was built; an error of `text` is recorded. */
int hunk_copy_text(struct value *copy, struct arena *arena,
		   const struct buf *text, struct err *err) MUST_CHECK;

#endif
