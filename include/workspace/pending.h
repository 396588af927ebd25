/*
 * Writes of which nobody has seen what became: the connection broke, or the
 * program was killed. The rows tell it.
 */
#ifndef WORKSPACE_PENDING_H
#define WORKSPACE_PENDING_H

#include "apply/journal.h"
#include "source/source.h"
#include "util/err.h"
#include "workspace/tables.h"

/*
 * Looks at the rows of each pending write to `target`, which is open as
 * `source`, and says on standard error whether it was carried out. The journal
 * notes it; an entry of a write that was not is forgotten. A write that another
 * program has under way is its own matter.
 */
int pending_resolve(struct journal *journal, const char *target,
		    struct source *source, struct table_choice *choice,
		    struct err *err) MUST_CHECK;

#endif
