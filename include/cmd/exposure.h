/*
 * Pointing out, before rows go into git for good, which columns of a table
 * look as if they held personal data or secrets (model/sensitive.h).
 */
#ifndef CMD_EXPOSURE_H
#define CMD_EXPOSURE_H

#include "workspace/tracking.h"

/*
 * Warns of each column of the local table that is neither masked nor ignored,
 * with the command that masks it. Names are looked at, and up to a thousand
 * rows, the oldest and the newest; no value is shown. `section` is the table's
 * in .d1config.
 */
int exposure_warn(struct tracking *tracking,
		  const struct tracking_database *database,
		  const struct table *table, const char *section,
		  struct err *err) MUST_CHECK;

#endif
