/* One hunk of a patch (format/patch.h), read from memory. */
#ifndef FORMAT_PATCHHUNK_H
#define FORMAT_PATCHHUNK_H

#include "format/patch.h"
#include "util/arena.h"

/*
 * Reads the hunk whose lines, each with LF, are hunk->text; hunk->line is the
 * number of the first. It is of the table. Values are in the arena, or are a
 * part of the text. `name` is that of the patch.
 */
int patch_hunk_read(struct patch_hunk *hunk, const struct patch_table *table,
		    const char *name, struct arena *arena,
		    struct err *err) MUST_CHECK;

#endif
