/*
 * Restoring a snapshot into a SQLite file, in one transaction: what
 * `git d1 restore` does between its options and its output.
 */
#ifndef CMD_RESTORATION_H
#define CMD_RESTORATION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "apply/sqlite.h"
#include "migrate/files.h"
#include "migrate/ledger.h"
#include "workspace/backup.h"
#include "workspace/record.h"
#include "workspace/revision.h"
#include "workspace/tables.h"

/* What became of a table. */
struct restored_table {
	const char *name;
	bool loaded;	  /* it has no rows: all are inserted */
	uint64_t rows;	  /* so many */
	bool compared;	  /* there may be changes: */
	size_t changes;	  /* its place among them */
	uint64_t kept;	  /* changes of the database that stay */
	uint64_t trouble; /* rows in conflict, or that differ without a base */
};

struct restoration {
	/* what is asked for; borrowed */
	const char *path;  /* of the file */
	const char *label; /* what messages call it: "shop/local" */
	const struct project *project;
	const struct database *database;
	const struct revision *revision;
	const struct repository *repository; /* NULL: there is none */
	const struct option_words *tables;   /* empty: all of the snapshot */
	bool force;
	/* takes what was there before, for `git d1 undo`; opened and closed
	   here. NULL: nothing will be kept */
	struct backup *backup;
	/*
	 * What the database was probably made of, if there is no record: the
	 * base of tables that have rows. NULL: nothing is known then.
	 */
	const struct revision *before;
	bool before_counts; /* it is, whatever the record says */

	/* what is open; NULL: it is not */
	struct table_choice choice;
	struct arena arena;
	struct source *snapshot;
	struct filetree *migration_files;
	struct migrations migrations;
	struct sqlite_target *target;
	struct ledger ledger;
	struct source *ours;
	struct source *base;
	bool assumed; /* the base is `before` */
	struct changes *changes;
	struct record record;

	/* what came out */
	FILE *listing;	      /* rows in the way, or that were lost, as text */
	size_t applied; /* migrations that were run */
	bool made;	/* the database was made, or made anew */
	bool was_empty; /* there was nothing in it */
	bool written;	/* and that is kept */
	struct restored_table *restored;
	size_t nrestored;
};

/*
 * Opens everything and begins the transaction. A file that is missing is made.
 * The caller ends with restoration_end(), after an error too.
 */
int restoration_begin(struct restoration *self, struct err *err) MUST_CHECK;

/*
 * Makes the tables, or brings them to where the migrations lead. D1_EREFUSED
 * if that would need --force; then with it, what is dropped stands in the
 * listing.
 */
int restoration_define(struct restoration *self, struct err *err) MUST_CHECK;

/*
 * Finds out what is to become of the rows. D1_ECONFLICT or D1_EREFUSED, with
 * the rows in the listing, if some are in the way.
 */
int restoration_plan(struct restoration *self, struct err *err) MUST_CHECK;

/*
 * Writes the rows. What takes that back is in the journal before; a database
 * that was empty is not.
 */
int restoration_write(struct restoration *self, struct err *err) MUST_CHECK;

/* True for a table of the snapshot whose rows are restored. */
bool restoration_wants(struct restoration *restoration,
		       const struct table *table);

/*
 * Ends the transaction and moves the record; not if the base was assumed and
 * something in the database is another.
 */
int restoration_keep(struct restoration *self, struct err *err) MUST_CHECK;

/* True if there is nothing to be written. */
bool restoration_is_empty(const struct restoration *restoration);

/* Undoes what was not kept, and closes everything. */
void restoration_end(struct restoration *self);

#endif
