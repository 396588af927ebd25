/* How many rows of which tables a patch changes, as `git d1 diff --stat`. */
#ifndef WORKSPACE_PATCHSTAT_H
#define WORKSPACE_PATCHSTAT_H

#include <stdio.h>

#include "format/patch.h"
#include "render/render.h"
#include "util/err.h"

/* Is told of a table, and how many rows a patch changes in it. */
typedef int patchstat_fn(void *context, const char *table,
			 const struct table_counts *counts, struct err *err);

/* Reads the patch to its end and tells of each table, as often as it comes. */
int patchstat_read(struct patch *patch, patchstat_fn *use, void *context,
		   struct err *err) MUST_CHECK;

/* Reads the patch to its end and writes its diffstat to options->out. */
int patchstat_write(struct patch *patch, const struct render_options *options,
		    struct err *err) MUST_CHECK;

#endif
