/* Applies a plan to a database with rows, and judges what came of it. */
#ifndef SCHEMA_JUDGE_H
#define SCHEMA_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/schemaplan.h"

struct judged {
	const char *before; /* SQL */
	const char *after;
	const char *rows; /* SQL; NULL: some are made up */
	/* old=new and table.old=new: what became of what */
	const char *const *renames;
	size_t nrenames;
	/* SELECTs that must give 1 afterwards */
	const char *const *checks;
	size_t nchecks;
	bool converts; /* values may change */
	bool cosmetic; /* the texts differ, and the plan is empty */
};

/* What is wrong, which the caller frees; NULL: nothing. */
char *judge_plan(const struct judged *judged, const struct schemaplan *plan);

#endif
