/* The records of deploys that were broken off (apply/deployrecord.h). */
#ifndef WORKSPACE_DEPLOYS_H
#define WORKSPACE_DEPLOYS_H

#include <stdbool.h>

#include "apply/deployrecord.h"
#include "util/err.h"
#include "workspace/workspace.h"

/*
 * Opens that of the database, named as the journal does: they are kept in the
 * common git directory. *record is NULL where there is no repository.
 */
int deploys_open(struct deploy_record **record, struct workspace *workspace,
		 const char *target, bool writes, struct err *err) MUST_CHECK;

/*
 * Forgets it, after the database was taken back by the user, unless its deploy
 * is still under way. A failure is a warning.
 */
void deploys_forget(struct workspace *workspace, const char *target);

#endif
