/* Copies of what a patch reader lends only until it reads on. */
#ifndef APPLY_HUNKCOPY_H
#define APPLY_HUNKCOPY_H

#include "format/patch.h"
#include "util/arena.h"

/* Each is NULL if out of memory. */
const struct patch_table *hunk_copy_table(struct arena *arena,
					  const struct patch_table *table);

/* `nkey` is that of the hunk's table. */
const struct patch_hunk *hunk_copy(struct arena *arena,
				   const struct patch_hunk *hunk, size_t nkey);

#endif
