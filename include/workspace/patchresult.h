/*
 * The result of a patch as a side of a comparison: the rows of the other side
 * as they are once the patch is applied to it. So exactly the rows that the
 * patch names are compared, and they differ where the database does not hold
 * what the patch leaves. What foreign keys would do besides is no part of it.
 */
#ifndef WORKSPACE_PATCHRESULT_H
#define WORKSPACE_PATCHRESULT_H

#include <stdbool.h>
#include <stdio.h>

#include "workspace/comparing.h"

/*
 * As comparing_run(), where one side is a patch. D1_ECONFLICT, and nothing is
 * written to `out`, if hunks find their rows neither as they were before the
 * patch nor as it leaves them: these are named on standard error. D1_EUSAGE if
 * both sides are patches, or rows are chosen by anything else than tables.
 */
int patchresult_compare(struct comparing *comparing, FILE *out, bool *same,
			struct err *err) MUST_CHECK;

#endif
