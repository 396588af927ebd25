/*
 * The checks of the gate one by one, for src/cmd/check*.c: each adds what it
 * finds to a check of the report.
 */
#ifndef WORKSPACE_CHECKPARTS_H
#define WORKSPACE_CHECKPARTS_H

#include "workspace/checks.h"

/*
 * Opens the database, once for all checks. *go_on is false if it cannot be
 * read, which the check says then.
 */
int check_begin(struct checking *checking, struct gate_check *check,
		bool *go_on, struct err *err) MUST_CHECK;

/* Says that the check cannot be made. */
int check_fail(struct checking *checking, struct gate_check *check,
	       const struct err *failure, struct err *err) MUST_CHECK;

/* Where the file of a migration is below the top; NULL: nowhere. */
int check_migration_path(char **path, const struct checking *checking,
			 const char *name, struct err *err) MUST_CHECK;

/* What of the pending migrations wrangler would run otherwise. */
int check_for_wrangler(struct checking *checking, struct gate_check *check,
		       struct err *err) MUST_CHECK;

/* The rows of production against those of the commit. */
int check_rows(struct checking *checking, struct gate_check *check,
	       struct err *err) MUST_CHECK;

/* The pending migrations, tried on the rows of the commit. */
int check_rehearsal(struct checking *checking, struct gate_check *check,
		    struct err *err) MUST_CHECK;

/* Values of the commit's rows that the types of columns do not suggest. */
int check_types(struct checking *checking, struct gate_check *check,
		struct err *err) MUST_CHECK;

#endif
