/*
 * Writing a SQLite file, all or nothing: one transaction, which holds the
 * write lock from its beginning, so that what is read in it is what will be
 * changed. The file itself is never replaced: a running program that has it
 * open goes on.
 *
 * Rows end as they are given: foreign keys do not cascade and triggers do not
 * fire while rows are written, but for those that only keep the index of a
 * virtual table, unless all are let. What a foreign key demands is checked
 * before the end.
 */
#ifndef APPLY_SQLITE_H
#define APPLY_SQLITE_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/changes.h"
#include "format/datafile.h"
#include "format/script.h"
#include "source/execute.h"
#include "util/err.h"

struct sqlite3;
struct sqlite_target;

/*
 * Opens the file at `path` and begins. With `create` a file that is missing is
 * made, as wrangler makes it, with the folders it is in. Without: D1_ENOTFOUND.
 * A lock that another program holds is waited for, five seconds at most.
 */
int sqlite_target_begin(struct sqlite_target **target, const char *path,
			bool create, struct err *err) MUST_CHECK;

/* The open database, for reading it in the transaction. */
struct sqlite3 *sqlite_target_database(struct sqlite_target *target);

/*
 * Runs a script under the rules of D1: with foreign keys. One that leaves a
 * foreign key unfulfilled which it had to fulfil is an error.
 */
int sqlite_target_run(struct sqlite_target *target, struct script *script,
		      enum execute_rights rights, struct err *err) MUST_CHECK;

/* Drops all tables, views and triggers but those of the engine. */
int sqlite_target_drop_all(struct sqlite_target *target,
			   struct err *err) MUST_CHECK;

/* *empty tells whether the table has no rows. */
int sqlite_target_is_empty(bool *empty, struct sqlite_target *target,
			   const char *table, struct err *err) MUST_CHECK;

/*
 * Says that rows of the table will be written, before any are: so that no
 * trigger writes them a second time.
 */
int sqlite_target_announce(struct sqlite_target *target, const char *table,
			   struct err *err) MUST_CHECK;

/*
 * Inserts all rows of a data file into its table. Columns that match a glob in
 * `ignore` (NULL-terminated; NULL: none) are left out; a masked one gets the
 * placeholder of its mask. *rows is how many there were. An error names the
 * file and the line.
 */
int sqlite_target_load(struct sqlite_target *target, struct datafile *file,
		       const char *const *ignore, uint64_t *rows,
		       struct err *err) MUST_CHECK;

/*
 * Writes the changes. D1_ECONFLICT, which names the row, if one is not there
 * as it was read, or if the rows that are to be contradict a constraint.
 * Values of columns that are not among the changes stay as they are, and so
 * does a row's hidden rowid.
 */
int sqlite_target_apply(struct sqlite_target *target, struct changes *changes,
			struct err *err) MUST_CHECK;

/*
 * Says whether rows that are written from here on may have been read before
 * the transaction: those that changed since are D1_ECONFLICT then. It has no
 * effect where triggers fire.
 */
void sqlite_target_guard(struct sqlite_target *target, bool guards);

/*
 * Lets all triggers fire while rows are written from here on: rows may end
 * otherwise. Those that are to change must have been read in the transaction:
 * one that a trigger has changed or deleted since is no conflict. Rows cannot
 * exchange unique values then, which is D1_ECONFLICT.
 */
void sqlite_target_let_fire(struct sqlite_target *target);

/*
 * How many rows triggers changed; *exact is false if it may be fewer, since the
 * engine counts what a virtual table keeps for itself.
 */
int sqlite_target_fired(struct sqlite_target *target, uint64_t *rows,
			bool *exact, struct err *err) MUST_CHECK;

/*
 * Checks the foreign keys and ends the transaction. D1_ECONFLICT, which names
 * rows, if some refer to no row that did before; nothing is written then.
 */
int sqlite_target_commit(struct sqlite_target *target,
			 struct err *err) MUST_CHECK;

/*
 * Closes the file and frees the target; NULL is allowed. What was not
 * committed is undone, and a file that was made for it is gone again.
 */
void sqlite_target_close(struct sqlite_target *target);

#endif
