/* What a database holds that a snapshot will take the place of, as text. */
#ifndef CMD_LOSSES_H
#define CMD_LOSSES_H

#include <stdbool.h>
#include <stdio.h>

#include "source/source.h"
#include "workspace/tables.h"

struct losses {
	struct source *ours;
	struct source *snapshot;
	const char *labels[2]; /* of the two */
	struct table_choice *choice;
	bool all_tables;    /* the others are dropped */
	const char *ledger; /* a table that is not worth a word */
	FILE *out;
};

/*
 * Writes the rows that will be deleted or changed, as review text, and with
 * `all_tables` how many rows are in tables that are not in the snapshot.
 */
int losses_list(const struct losses *losses, struct err *err) MUST_CHECK;

#endif
