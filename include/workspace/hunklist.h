/* The hunks of a patch that do not apply: as messages, and as a patch again. */
#ifndef WORKSPACE_HUNKLIST_H
#define WORKSPACE_HUNKLIST_H

#include <stdio.h>

#include "apply/hunks.h"
#include "util/err.h"

/*
 * Writes a line that says which hunk does not apply, and why: "value differs:
 * lines city='berlin' ref='M44': color is '#fff', not '#b50b30'".
 */
int hunklist_explain(FILE *out, const struct hunk_failure *failure,
		     struct err *err) MUST_CHECK;

/*
 * Writes the hunk as it stands in its patch, with its table's head before the
 * first one. *line is that of the last head written so, 0 at the beginning.
 */
void hunklist_reject(FILE *out, uint64_t *line,
		     const struct hunk_failure *failure);

#endif
