/*
 * Triggers that are held while rows are written: the rows hold already what
 * the triggers once did.
 *
 * Those that only write virtual tables keep an index of the rows, and fire;
 * unless their virtual table is written itself.
 */
#ifndef APPLY_TRIGGERS_H
#define APPLY_TRIGGERS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/err.h"

struct sqlite3;

struct held_table;

struct held_triggers {
	struct arena arena;
	struct held_table *tables;
};

/*
 * Drops the triggers of the table that must not fire. A table that is held
 * already is passed over. `is_written` tells which virtual tables are written.
 */
int triggers_hold(struct held_triggers *held, struct sqlite3 *db,
		  const char *table,
		  bool (*is_written)(void *context, const char *table),
		  void *context, struct err *err) MUST_CHECK;

/*
 * Tells the triggers of a table of which some are held, in the order in which
 * they were made, and which are held; none if none is.
 */
void triggers_each(const struct held_triggers *held, const char *table,
		   void (*use)(void *context, const char *name, bool is_held),
		   void *context);

/*
 * Makes all of them again, in the order in which they were made: they fire in
 * the reverse of it.
 */
int triggers_release(struct held_triggers *held, struct sqlite3 *db,
		     struct err *err) MUST_CHECK;

/* Forgets them without making them again, for a transaction that is undone. */
void triggers_forget(struct held_triggers *held);

#endif
