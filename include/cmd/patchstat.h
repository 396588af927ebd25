/* How many rows of which tables a patch changes, as `git d1 diff --stat`. */
#ifndef CMD_PATCHSTAT_H
#define CMD_PATCHSTAT_H

#include <stdio.h>

#include "format/patch.h"
#include "render/render.h"
#include "util/err.h"

/* Reads the patch to its end and writes its diffstat to options->out. */
int patchstat_write(struct patch *patch, const struct render_options *options,
		    struct err *err) MUST_CHECK;

#endif
