/* Finding out what `git d1 status` shows. */
#ifndef CMD_INVENTORY_H
#define CMD_INVENTORY_H

#include "render/status.h"
#include "workspace/workspace.h"

struct inventory_options {
	const char *database; /* the one to look at; NULL: all */
	bool offline;	      /* no look at the remote */
	bool no_drift;	      /* count rows, but compare none */
};

/*
 * Looks at the databases of the active environment. A side that is out of
 * reach, and what cannot be compared, is no error but a part of the report;
 * errors are those of the configuration, and D1_ENOMEM.
 *
 * The report borrows from the workspace. The caller releases it, after an
 * error too.
 */
int inventory_collect(struct status_report *report, struct workspace *workspace,
		      const struct inventory_options *options,
		      struct err *err) MUST_CHECK;

#endif
